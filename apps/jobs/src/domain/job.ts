import type { Entitlements } from './entitlements.ts'
import type {
  ArtifactHash,
  Candidate,
  Characterization,
  Delivery,
  Instant,
  Instruction,
  Money,
  Order,
  Proposal,
  SpecVersion,
  TestRun,
} from './work.ts'

/** Every state of a job, in the order of the story. */
export const jobStates = [
  'PENDING',
  'QUOTA_RESERVING',
  'ANALYZING',
  'WAITING_STRATEGY',
  'WAITING_SPEC_APPROVAL',
  'GENERATING_TESTS',
  'BASELINE_VALIDATION',
  'REFACTORING',
  'SELF_HEALING',
  'WAITING_INTERVENTION',
  'DEEP_FIX',
  'DELIVERED',
  'ACCEPTED',
  'REVERTED',
  'CHECKING',
  'CHECKED',
  'CANCELLED',
  'FAILED',
] as const

export type JobState = (typeof jobStates)[number]

/** States in which something is in flight that a person may have to rescue: an intervention resumes into them. */
export type ResumeState =
  | 'ANALYZING'
  | 'WAITING_SPEC_APPROVAL'
  | 'GENERATING_TESTS'
  | 'BASELINE_VALIDATION'
  | 'REFACTORING'
  | 'SELF_HEALING'
  | 'DEEP_FIX'

/** States with work in flight. A check is one of them, but never waits for a person: what would need one ends it. */
export type WorkingState = ResumeState | 'CHECKING'

export type InterventionReason =
  | 'BASELINE_RED'
  | 'REPEATED_FAILURE'
  | 'ATTEMPTS_EXHAUSTED'
  | 'BUDGET_REACHED'
  | 'HEARTBEAT_LOST'
  | 'PROVIDER_UNAVAILABLE'

export type CancelReason = 'CANCELLED_BY_USER' | 'REJECTED' | 'KILLED' | 'NOTHING_TO_DO'

/** Why the job waits for a person, and where it goes on afterwards. */
export interface Waiting {
  readonly reason: InterventionReason
  readonly resumeState: ResumeState
  readonly since: Instant
  /** The run or verdict that shows why; null when nothing was run. */
  readonly evidence: ArtifactHash | null
  readonly failing: readonly string[]
}

/** Some edits of the delivered patch. */
export type EditSelection = { readonly only: readonly string[] } | { readonly except: readonly string[] }

/** The user's wish to accept or to revert, which the worker carries out and then records. */
export interface Wish {
  /** Hash of the user's tree as it is then; null when the worker changes the tree, not the client. */
  readonly treeHash: string | null
  readonly askedAt: Instant
  /** When the worker had carried it out; null until then. */
  readonly recordedAt: Instant | null
}

/** Only these edits are wanted: they are being verified. */
export interface SubsetWish {
  readonly selection: EditSelection
  readonly askedAt: Instant
}

interface JobRecord {
  readonly id: string
  readonly tenantId: string
  /** The user who created the job. */
  readonly userId: string
  readonly order: Order
  readonly snapshot: ArtifactHash
  /** The sequence of the last event in this job's history; the log gives the next one to the next event. */
  readonly sequence: number
  /** Raised by every spec edit, intervention, cancellation and choice of a subset: older facts are stale. */
  readonly epoch: number
  /** Ids of the facts recorded in this epoch: a fact that comes again changes nothing. */
  readonly factIds: readonly string[]
  readonly createdAt: Instant
  /** An attached job must hear from a client; a detached one runs alone. */
  readonly attached: boolean
  readonly lastSeenAt: Instant
  /** The best proposal and the spec drafted from it are taken without asking. */
  readonly autoSelect: boolean
  readonly reservationId: string | null
  readonly entitlements: Entitlements | null
  readonly analysis: ArtifactHash | null
  /** Best first. */
  readonly proposals: readonly Proposal[]
  readonly selectedProposalId: string | null
  /** Oldest first; empty while the first draft is being written. */
  readonly spec: readonly SpecVersion[]
  readonly approvedRevision: number | null
  /** Turns of the conversation about the spec, oldest first. */
  readonly conversation: readonly ArtifactHash[]
  /** The clarifier's turn is due. */
  readonly clarifying: boolean
  readonly characterization: Characterization | null
  readonly baseline: TestRun | null
  /** The attempt to make next, or being made: 0 is the refactoring, 1 to 6 repair it. */
  readonly attempt: number
  /** Fingerprints of this round's red verdicts, oldest first. */
  readonly fingerprints: readonly string[]
  readonly candidate: Candidate | null
  readonly instruction: Instruction | null
  /** The most that the user agreed to pay for a deep fix. */
  readonly deepFixLimit: Money | null
  readonly waiting: Waiting | null
  readonly delivery: Delivery | null
  /** The job's allowance is consumed at the first delivery, whatever becomes of it. */
  readonly firstDeliveredAt: Instant | null
  readonly subset: SubsetWish | null
  readonly acceptance: Wish | null
  /** The one ledger entry of this job. */
  readonly ledgerEntryId: string | null
  readonly reversal: Wish | null
  /** A CancelReason when CANCELLED, the failure's code when FAILED. */
  readonly endedBecause: string | null
}

/**
 * A refactoring job. One flat record, because most of what a job learns stays true in later states; the
 * union says what is certain in which state.
 */
export type Job = JobRecord &
  (
    | { readonly state: 'WAITING_INTERVENTION'; readonly waiting: Waiting }
    | { readonly state: 'DELIVERED'; readonly delivery: Delivery }
    | { readonly state: 'CANCELLED' | 'FAILED'; readonly endedBecause: string }
    | { readonly state: 'PENDING' | 'QUOTA_RESERVING' | 'WAITING_STRATEGY' | WorkingState }
    | { readonly state: 'ACCEPTED' | 'REVERTED' | 'CHECKED' }
  )

/** A job known to be in one of some states. */
export type JobIn<State extends JobState> = Job & { readonly state: State }

/** Before a job is created there is nothing. */
export interface NoJob {
  readonly state: 'NONE'
}

export const noJob: NoJob = { state: 'NONE' }

/** Refuse everything, for ever. */
export const finalStates = ['REVERTED', 'CANCELLED', 'FAILED', 'CHECKED'] as const

/** The worker or a model is busy, and may have to be interrupted. */
export const workingStates = [
  'ANALYZING',
  'GENERATING_TESTS',
  'BASELINE_VALIDATION',
  'REFACTORING',
  'SELF_HEALING',
  'DEEP_FIX',
  'CHECKING',
] as const

/** Before acceptance: the job can still be cancelled. */
export const openStates = [
  'PENDING',
  'QUOTA_RESERVING',
  'WAITING_STRATEGY',
  'WAITING_SPEC_APPROVAL',
  ...workingStates,
  'WAITING_INTERVENTION',
  'DELIVERED',
] as const

export type OpenState = (typeof openStates)[number]

/** The spec's first draft is still being written by a model. */
export const isDrafting = (job: Job): boolean => job.state === 'WAITING_SPEC_APPROVAL' && job.spec.length === 0

/** Whether the job judges a patch from elsewhere instead of writing one. */
export const isCheck = (job: Job): boolean => job.order.check !== undefined

export const isFinal = (job: Job): boolean => (finalStates as readonly JobState[]).includes(job.state)

/** The newest version of the spec, if there is one. */
export const currentSpec = (job: Job): SpecVersion | undefined => job.spec.at(-1)
