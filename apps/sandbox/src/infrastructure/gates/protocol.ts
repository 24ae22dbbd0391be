import type { RunCommand, RunResult } from '@iama/verdict'
import type { GateSummary, Progress, Work } from '../../application/findings.ts'
import type {
  Analyzed,
  Characterized,
  CharacterizeOrder,
  ExerciseOrder,
  PatchApplied,
  TestsRan,
  Verified,
  VerifyOrder,
} from '../../application/ports.ts'

// What a service and its gate worker say to each other over IPC (structured clone, so bytes and maps stay as they are).

/** One piece of work for one worker process. */
export type Order =
  | { readonly type: 'analyze'; readonly work: Work; readonly limits: OrderLimits }
  | {
      readonly type: 'characterize'
      readonly order: CharacterizeOrder
      readonly baseline: Uint8Array | undefined
      readonly limits: OrderLimits
    }
  | { readonly type: 'exercise'; readonly order: ExerciseOrder; readonly limits: OrderLimits }
  | {
      readonly type: 'runTests'
      readonly work: Work
      readonly sessions: Uint8Array | undefined
      /** Hash of the tree on which exactly these were judged; undefined when that is not known. */
      readonly judgedOn: string | undefined
      readonly second: SecondRun | undefined
      readonly limits: OrderLimits
    }
  | { readonly type: 'applyPatch'; readonly patch: Uint8Array }
  | { readonly type: 'verify'; readonly order: VerifyOrder; readonly limits: OrderLimits }

export interface OrderLimits {
  /** Of one leaf of the project's checks, milliseconds. */
  readonly leafMs: number
  /** Of one leaf's output, bytes. */
  readonly leafOutputBytes: number
  /** Subsets of a red patch that may be tried. */
  readonly subsetRuns: number
}

/** The project's checks, green once more on the untouched code, while its sessions were recorded. */
export interface SecondRun {
  /** The hash of that code. */
  readonly tree: string
  readonly document: Uint8Array
}

/** What each order is answered with. */
export interface Answers {
  analyze: Analyzed
  characterize: Characterized & { readonly second: SecondRun | undefined }
  exercise: Characterized
  runTests: TestsRan
  applyPatch: PatchApplied
  verify: Verified
}

/** A file of a tree with what the workbench's `list` and `read` leave out. */
export interface WholeFile {
  readonly path: string
  readonly content: Uint8Array
  readonly executable: boolean
}

/** What a worker asks of the sandbox, which only the service can reach. */
export interface SandboxCalls {
  fork(from: string, to: string): Promise<void>
  write(dir: string, files: ReadonlyMap<string, Uint8Array | null>): Promise<void>
  read(dir: string, path: string): Promise<Uint8Array | undefined>
  list(dir: string): Promise<string[]>
  run(command: Omit<RunCommand, 'signal'>): Promise<RunResult>
  remove(dir: string): Promise<void>
  /** Every regular file of a tree, whole. */
  tree(dir: string): Promise<WholeFile[]>
  /** Writes files with their executable bits. */
  put(dir: string, files: readonly WholeFile[]): Promise<void>
}

export type CallName = keyof SandboxCalls

/** An error as it travels. */
export interface SentError {
  readonly message: string
  readonly stack: string
  /** Set for what the domain refuses. */
  readonly code?: string
  readonly kind?: string
  readonly metadata?: Readonly<Record<string, string>>
}

export type FromWorker =
  | { readonly type: 'call'; readonly id: number; readonly name: CallName; readonly args: readonly unknown[] }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'gate'; readonly gate: GateSummary }
  | { readonly type: 'done'; readonly result: Answers[keyof Answers] }
  | { readonly type: 'failed'; readonly error: SentError }

export type ToWorker =
  | { readonly type: 'order'; readonly order: Order }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: SentError }
