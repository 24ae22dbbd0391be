/** One line of progress; nothing is decided by it. */
export interface Progress {
  /** `install`, `analyze`, `leaf:test`, `gate:surface` ... */
  readonly step: string
  readonly phase: 'started' | 'running' | 'done' | 'failed'
  /** One sentence for the user. */
  readonly text: string
  /** Wall-clock time of a finished step, milliseconds. */
  readonly milliseconds: bigint
}

export interface TestFailure {
  readonly testId: string
  readonly message: string
}

export interface CheckLeaf {
  readonly id: string
  readonly kind: string
  readonly command: string
  /** Whether a gate runs it; otherwise `reason` says why not. */
  readonly runs: boolean
  readonly reason: string
}

/** What an analysis found, in short. */
export interface AnalysisSummary {
  readonly files: number
  readonly lines: number
  readonly functions: number
  readonly cyclomatic: number
  readonly cognitive: number
  readonly duplicationPercent: number
  readonly smells: readonly { kind: string; path: string; line: number; message: string }[]
  readonly syntaxProblems: readonly { path: string; line: number; column: number; message: string }[]
  readonly floor: string
  readonly floorEvidence: readonly string[]
  readonly checks: readonly CheckLeaf[]
  readonly tests: number
  readonly notes: readonly string[]
}

/** A run of the project's tests. */
export interface BaselineSummary {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly milliseconds: bigint
  readonly failures: readonly TestFailure[]
}

/** What characterization pinned. */
export interface TestsSummary {
  readonly sessions: number
  readonly steps: number
  readonly unstable: number
  readonly coveredExports: number
  readonly notCovered: readonly string[]
  /** Of the sessions, those from exercises. */
  readonly exercised: number
  /** Exercises that failed, and how many showed nothing new, a sentence each. */
  readonly exerciseNotes: readonly string[]
}

export interface GateSummary {
  readonly gate: string
  readonly status: string
  readonly summary: string
  readonly milliseconds: bigint
  readonly details: readonly string[]
}

export interface DroppedEdit {
  readonly editId: string
  readonly recipe: string
  readonly title: string
  readonly reasons: readonly string[]
}

/** The result of verifying one patch. */
export interface AttemptSummary {
  readonly number: number
  readonly green: boolean
  readonly gates: readonly GateSummary[]
  readonly edits: number
  /** Of the failure; empty when green. */
  readonly fingerprint: string
  readonly failures: readonly TestFailure[]
  /** Edits that had to go for the rest to be green. */
  readonly dropped: readonly DroppedEdit[]
  readonly milliseconds: bigint
}

export interface Measures {
  readonly lines: number
  readonly cyclomatic: number
  readonly cognitive: number
  readonly duplicationPercent: number
}

/** What checks and scope a job has; the same in every step. */
export interface Work {
  /** Globs of the files in scope; empty means every source file. */
  readonly include: readonly string[]
  /** Runs the tests in place of the one in package.json; empty means that one. */
  readonly testCommand: string
}
