import type { Patch } from '@iama/patch'
import type { Workbench } from './workbench.ts'

// ---- the project's checks -------------------------------------------------------------------------------------

/** What a leaf of the lifecycle is for: gate 1 runs build and test, gate 6 compares lint and types. */
export type LeafKind = 'build' | 'test' | 'lint' | 'types' | 'network-audit'
export type Runner = 'tape' | 'tap' | 'mocha' | 'jest' | 'vitest' | 'ava' | 'node:test' | 'unknown'

/** One command of the project's lifecycle, free of coverage wrappers and nested npm calls. */
export interface Leaf {
  /** Stable within a project: the chain of scripts and the place in it, as in `test>tests-only#0`. */
  readonly id: string
  readonly kind: LeafKind
  /** As a person would type it. */
  readonly command: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly runner: Runner
  /** Whether shell syntax (globs, pipes) made `sh -c` necessary. */
  readonly shell: boolean
  /** The folder that it runs in, a workspace's for one; absent at the top. */
  readonly cwd?: string
}

export interface Checks {
  readonly leaves: readonly Leaf[]
  /** What the verdict names but does not run: audits that need a network, publishing, cycles between scripts. */
  readonly notRun: readonly { readonly id: string; readonly command: string; readonly reason: string }[]
}

/** Limits of one leaf. */
export interface LeafLimits {
  readonly timeoutMs: number
  readonly maxOutputBytes: number
}

export interface TestResult {
  /** File + test path + ordinal among equals (TAP names repeat). */
  readonly id: string
  readonly status: 'pass' | 'fail' | 'skip'
  /** Milliseconds, where the runner tells. */
  readonly durationMs?: number
  readonly message?: string
}

export interface LeafReport {
  readonly leaf: string
  readonly kind: LeafKind
  readonly runner: Runner
  readonly status: 'pass' | 'fail' | 'timed-out'
  readonly exitCode: number | null
  readonly tests: readonly TestResult[]
  readonly durationMs: number
  /** The last lines of what was printed, for people. */
  readonly outputTail: string
  /** Facts to be said aloud: killed at the limit, network refused, output cut. */
  readonly notes: readonly string[]
}

export interface TestFailure {
  readonly id: string
  readonly message: string
}

/** The project's own build and test leaves on the untouched code. Plain data: it may be stored as JSON. */
export interface BaselineReport {
  readonly status: 'green' | 'red'
  readonly leaves: readonly LeafReport[]
  readonly failures: readonly TestFailure[]
  /** Files that the run wrote by itself (snapshots first of all); carried into the patched run. Base64. */
  readonly written: readonly { readonly path: string; readonly content: string }[]
  /** Tests that passed only by writing a snapshot. */
  readonly snapshotOnly: readonly string[]
  readonly notRun: Checks['notRun']
}

// ---- sessions -------------------------------------------------------------------------------------------------

/** The approved files of a job, relative paths. Sessions are recorded on those that are modules. */
export interface Scope {
  readonly files: readonly string[]
}

/** A value as a canonical graph (runtime/encode.cjs): equal values have equal JSON. */
export type Graph = unknown

/** An export of a module, or something reached from the result of an earlier step. Path: strings or `{symbol}`. */
export type StepTarget =
  | { readonly module: string; readonly path: readonly unknown[] }
  | { readonly step: number; readonly path: readonly unknown[] }

/** One thing done to the package: a call, `new`, a method of a returned object, a property read or written. */
export interface Step {
  readonly op: 'call' | 'construct' | 'get' | 'set'
  readonly target: StepTarget
  /** 1 when the receiver is the object on which the method was found. */
  readonly holder: 0 | 1
  /** `[receiver, ...arguments]` as one graph, so that sharing is kept. */
  readonly input: Graph
  /** For a promise: the first step that was begun after it had settled. */
  readonly pending?: number
  /**
   * Of the promises inside of what it gives, in the order in which they are found there: before which step each had
   * settled; null where it never did. Absent where none did.
   */
  readonly gives?: readonly (number | null)[]
  /**
   * In a session with promises that came in: 0 where the step was begun in one go with what had happened last, 1 where
   * not: all reactions run before it. Absent where that is not known.
   */
  readonly pause?: 0 | 1
  /** How a person would write the step. */
  readonly label: string
}

/**
 * Behind what something happened: a step had returned, its promise had settled, a callback was in its nth call, a promise
 * that came in had settled.
 */
export type Moment =
  readonly ['step' | 'outcome', number] | readonly ['answer', number, number] | readonly ['settled', number]

/** A promise that came from outside. One with neither value never settled while it was recorded. */
export interface HandedIn {
  /** The value, or `['arg', callback, call, n]`: the nth thing that a callback was called with, -1 its receiver. */
  readonly resolve?: Graph
  readonly reject?: Graph
  /** Absent where it had settled already when it came in. */
  readonly after?: Moment
  /** Not in one go with that: it settles when all reactions have run, before any timer. */
  readonly later?: 1
  /** The first step that was begun after it had settled. */
  readonly until?: number
}

export interface Session {
  /** Of steps, callbacks and outcome: the same session from another run has the same id. */
  readonly id: string
  readonly modules: readonly string[]
  /** From the project's tests, a neighbour of those, or from an exercise. */
  readonly origin: 'recorded' | 'mutated' | 'exercised'
  /** Callbacks came after the call that was given them had returned. */
  readonly async: boolean
  readonly steps: readonly Step[]
  /** What callbacks answered when they were recorded, by callback id. */
  readonly callbacks: Readonly<Record<string, readonly Graph[]>>
  /** What became of the promises that were handed in, by their number; absent where there were none. */
  readonly promises?: Readonly<Record<string, HandedIn>>
  /** What the untouched code did in three fresh processes: one canonical text a step, then late effects. */
  readonly expected: readonly string[]
}

export interface SessionCounts {
  readonly calls: number
  readonly recorded: number
  readonly duplicates: number
  readonly tooLarge: number
  readonly undriven: number
  readonly overLimit: number
  readonly notReproduced: number
  readonly unstable: number
  readonly mutated: number
  /** From exercises; absent where there were none. */
  readonly exercised?: number
  readonly kept: number
}

/** Plain data: it may be stored as JSON. */
export interface SessionSet {
  readonly version: 1
  /** Loaded in this order before a replay. */
  readonly modules: readonly string[]
  readonly sessions: readonly Session[]
  readonly counts: SessionCounts
  readonly covered: readonly { readonly module: string; readonly sessions: number }[]
  readonly notCovered: readonly { readonly module: string; readonly reason: string }[]
}

/** A small fault that no session sees: planted in the untouched code, it changes nothing that they look at. */
export interface WeakPlace {
  readonly file: string
  readonly line: number
  readonly operator: string
  readonly description: string
}

/** Code that somebody wrote to use the modules of the scope. What it makes them do is recorded; it asserts nothing. */
export interface Exercise {
  /** In a few words. */
  readonly purpose: string
  /** A CommonJS or ES module that stands in the project's root folder. */
  readonly code: string
}

/** What became of exercises. */
export interface ExerciseReport {
  readonly exercises: number
  /** Those that ended badly, with the reason; what they did until then counts. */
  readonly failed: readonly { readonly purpose: string; readonly reason: string }[]
  /** Sessions that they led to and that the set did not have. */
  readonly recorded: number
  /** Of those, the ones that were the same in three fresh processes. */
  readonly stable: number
  /** Of those, the ones that see a fault which no session saw: only they are kept. */
  readonly kept: number
  /** Planted faults that no session saw before, and sees now. */
  readonly weakBefore: number
  readonly weakAfter: number
}

export interface SessionDifference {
  readonly session: string
  readonly step: number
  readonly label: string
  /** Canonical texts, shortened for people. */
  readonly before: string
  readonly after: string
  /** The calls as code that can be pasted. */
  readonly code: string
}

export interface ReplayReport {
  readonly replayed: number
  readonly differences: readonly SessionDifference[]
  /** Engine errors whose wording alone changed. */
  readonly notes: readonly string[]
}

// ---- the verdict ----------------------------------------------------------------------------------------------

export type GateId = 'baseline' | 'characterization' | 'strength' | 'equivalence' | 'integrity' | 'surface' | 'scope'
export type GateStatus = 'pass' | 'fail' | 'warn' | 'not-applicable'

export interface GateDetail {
  readonly kind: 'test' | 'difference' | 'surface' | 'types' | 'lint' | 'file' | 'note'
  /** Test id, session id, module and export, or path. */
  readonly subject: string
  readonly message: string
}

export interface GateResult {
  readonly gate: GateId
  /** As in the list of gates: 1 to 7. */
  readonly number: number
  readonly status: GateStatus
  readonly summary: string
  readonly details: readonly GateDetail[]
  /** The figures of the summary, where a gate counts: gate 3's mutants by what became of them. */
  readonly counts?: Readonly<Record<string, number>>
}

export type GateProgress =
  | { readonly gate: GateId; readonly number: number; readonly state: 'started' }
  | {
      readonly gate: GateId
      readonly number: number
      readonly state: 'finished'
      readonly ms: number
      readonly result: GateResult
    }

/** What the approved spec permits beyond the rule. */
export interface Allowance {
  /** `engines`, browserslist and language options of lint and compiler may be raised. */
  readonly floorRaised?: boolean
  /**
   * A private package becomes ES modules: its package.json says so, folders that stay CommonJS say so in one of their
   * own, and what nobody outside of it can ask for may give something else to who requires it.
   */
  readonly esModules?: boolean
  /** Modules that are added, by path: users may import them, and what others declared may stand in them. */
  readonly newModules?: readonly string[]
  /** Surface changes, as gate 6 names them (`index.js#parse.length`); `*` at the end is a prefix. */
  readonly surface?: readonly string[]
  /** Test, snapshot, lint, CI or other files outside the scope that may change. */
  readonly files?: readonly string[]
}

/** What gate 3 may spend. Raising a count finds more and takes longer; the other parts are stops against the worst. */
export interface StrengthBudget {
  /** Mutants that are put to the recorded sessions. */
  readonly mutants: number
  /** Of those that no session saw, how many are put to the project's own tests: each costs a run of them. */
  readonly suiteRuns: number
  /** No further run of the tests is begun after this many milliseconds. */
  readonly suiteMs: number
  /** Milliseconds for a mutant that says nothing and for all of them; processes that mutants may end. */
  readonly sessions: { readonly itemMs: number; readonly totalMs: number; readonly crashes: number }
}

/** What gate 4 may spend. */
export interface EquivalenceBudget {
  /** Sessions that both versions are led through. */
  readonly sessions: number
  /** Of these, at most so many that wait for promises or late callbacks. */
  readonly waiting: number
  /** Differences that are made small and shown. */
  readonly shown: number
  /** Rounds of making one small. */
  readonly rounds: number
}

export interface VerifyInput {
  readonly workbench: Workbench
  /** Directories of the workbench; neither is written to. */
  readonly base: string
  readonly patched: string
  readonly patch: Patch
  readonly checks: Checks
  readonly baseline: BaselineReport
  readonly sessions: SessionSet
  readonly scope: Scope
  readonly seed: number
  readonly allow: Allowance
  readonly limits?: Partial<LeafLimits>
  readonly strength?: Partial<StrengthBudget>
  readonly equivalence?: Partial<EquivalenceBudget>
  readonly signal?: AbortSignal
}

/** A part of the patch after which the project's own checks and the recorded sessions are green. */
export interface VerdictCommit {
  /** What the edits have in common, in words; several where they are green together only. */
  readonly recipes: readonly string[]
  /** Ids of edits of the patch. */
  readonly edits: readonly string[]
  /** Hash of the tree with this commit and those before it. */
  readonly tree: string
}

/** Deterministic: the same snapshot, patch, sessions and seed give the same bytes. Times live in the envelope. */
export interface VerdictBody {
  readonly version: 1
  readonly result: 'pass' | 'fail'
  readonly seed: number
  readonly base: string
  readonly patch: string
  readonly patched: string
  readonly sessions: string
  readonly tools: Readonly<Record<string, string>>
  readonly commands: readonly { readonly leaf: string; readonly kind: LeafKind; readonly command: string }[]
  readonly notRun: Checks['notRun']
  readonly gates: readonly GateResult[]
  /** The patch in parts that are each green, in the order in which they are read; none of a red patch. */
  readonly commits: readonly VerdictCommit[]
}
