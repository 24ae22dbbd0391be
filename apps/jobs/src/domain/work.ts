import type { Route } from './entitlements.ts'

/** Milliseconds since 1970, UTC. Events and jobs are plain JSON, so that a history can be read back as it was. */
export type Instant = number

/** The address of an artifact. Code, texts and reports live there; a job's history only points at them. */
export type ArtifactHash = string

/** What the user asked for. Paths are POSIX and relative to the snapshot's root. */
export interface Order {
  readonly goal: string
  readonly include: readonly string[]
  /** The language floor that the result may need, such as `node20`; null keeps the project's own. */
  readonly target: string | null
  readonly recipes: readonly string[]
  readonly skip: readonly string[]
  /** The project's test command, when the one in its package file is not meant. */
  readonly testCommand: string | null
  readonly evidence: 'PROVEN' | 'VERIFIED'
  /** A patch from elsewhere: its verdict is all that is asked, and nothing is proposed, written or delivered. */
  readonly check?: ArtifactHash
}

/** Millionths of a currency unit (ISO 4217), as a safe integer. */
export interface Money {
  readonly micros: number
  readonly currency: string
}

/** A strategy that the user can choose; the estimates are the analysis's own. */
export interface Proposal {
  readonly id: string
  readonly title: string
  readonly risk: 'LOW' | 'MEDIUM' | 'HIGH'
  readonly files: number
  readonly expectedEdits: number
  /** How long the rest of the job is expected to take. */
  readonly seconds: { readonly min: number; readonly max: number }
  readonly cost: { readonly min: Money; readonly max: Money }
  readonly details: ArtifactHash
}

/** One version of the spec. The token names it exactly: whoever edits or approves says which text was read. */
export interface SpecVersion {
  /** 1 for the draft, one more for each edit. */
  readonly revision: number
  readonly token: string
  readonly content: ArtifactHash
  readonly at: Instant
}

/** A run of the project's own tests. */
export interface TestRun {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** The first failing test ids, at most `failingTestsKept`; the report has all of them. */
  readonly failing: readonly string[]
  readonly report: ArtifactHash
}

/** How much of today's behaviour is pinned before anything changes. */
export interface Characterization {
  /** Sessions that came out the same three times on the untouched code. */
  readonly sessions: number
  /** Places in scope that no session drives. */
  readonly notCovered: number
  readonly report: ArtifactHash
}

/** A patch by reference, with the ids of its edits so that a subset can be named. */
export interface PatchReference {
  readonly artifact: ArtifactHash
  readonly edits: readonly string[]
  /** Edits that were proposed but left out because they were not green. */
  readonly dropped: readonly string[]
}

/** The verdict of the seven gates on one patch. */
export interface VerdictReference {
  readonly green: boolean
  /** Whether a part of a red patch is green; absent on green ones. */
  readonly hasGreenPart?: boolean
  readonly artifact: ArtifactHash
}

/** Where a patch came from: a route, the green part of a red one, the user's hand, or a choice among its edits. */
export type PatchSource = 'ROUTE' | 'GREEN_PART' | 'OWN_EDITS' | 'SUBSET'

/** A patch that is being tried; `verdict` is null until the gates have spoken. */
export interface Candidate {
  readonly attempt: number
  readonly source: PatchSource
  /** Null when no model was asked. */
  readonly route: Route | null
  readonly patch: PatchReference
  readonly verdict: VerdictReference | null
}

/** A verified patch that waits for its user. Nothing is written to the user's tree yet. */
export interface Delivery {
  readonly patch: PatchReference
  readonly verdict: VerdictReference
  readonly bundle: ArtifactHash
  /** Hash of the snapshot's tree with the patch in it. */
  readonly treeHash: string
  readonly at: Instant
}

/** What a person told the worker to do next; a hint stays for the round, the others are used up by one attempt. */
export type Instruction =
  | { readonly kind: 'HINT'; readonly hint: ArtifactHash }
  | { readonly kind: 'OWN_EDITS'; readonly patch: ArtifactHash }
  | { readonly kind: 'GREEN_PART' }

export const failingTestsKept = 20

/** Named failures are bounded, because a job is sent whole in messages; the report has the rest. */
export const firstFailing = (failing: readonly string[]): readonly string[] => failing.slice(0, failingTestsKept)

/** The run as a job keeps it. */
export const keptRun = (run: TestRun): TestRun => ({ ...run, failing: firstFailing(run.failing) })
