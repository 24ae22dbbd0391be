import { isFact, type JobCommand } from './commands.ts'
import type { Entitlements, Route } from './entitlements.ts'
import type { RecordAttempt } from './facts.ts'
import type { CancelReason, EditSelection, InterventionReason, ResumeState } from './job.ts'
import type {
  ArtifactHash,
  Characterization,
  Delivery,
  Instant,
  Instruction,
  Money,
  Order,
  Proposal,
  SpecVersion,
  TestRun,
  VerdictReference,
} from './work.ts'

/** Who caused an event: a person, or a fact that the worker recorded. */
export type Cause = Readonly<{ by: string }> | Readonly<{ factId: string }>

type Stamp = Readonly<{ at: Instant; cause: Cause }>

type Happened<Type extends string, Data = unknown> = Readonly<{ type: Type }> & Stamp & Readonly<Data>

export type JobCreated = Happened<
  'JobCreated',
  {
    jobId: string
    tenantId: string
    userId: string
    order: Order
    snapshot: ArtifactHash
    attached: boolean
    autoSelect: boolean
  }
>

export type JobStarted = Happened<'JobStarted'>

export type QuotaReserved = Happened<'QuotaReserved', { reservationId: string; entitlements: Entitlements }>

export type ProposalsOffered = Happened<
  'ProposalsOffered',
  { analysis: ArtifactHash; proposals: readonly Proposal[]; baseline: TestRun }
>

/** The code of a check is analysed; there is nothing to choose. */
export type CodeAnalyzed = Happened<'CodeAnalyzed', { analysis: ArtifactHash; baseline: TestRun }>

/** Caused by a person, or by the analysis itself when the job goes on without asking. */
export type ProposalSelected = Happened<'ProposalSelected', { proposalId: string }>

export type SpecDrafted = Happened<'SpecDrafted', { version: SpecVersion }>

/** A turn of the conversation about the spec; the clarifier's is due. */
export type ClarificationAsked = Happened<'ClarificationAsked', { turn: ArtifactHash }>

/** The clarifier's turn, and the version that it made of the spec; null when it left it as it was. */
export type ClarificationGiven = Happened<'ClarificationGiven', { turn: ArtifactHash; version: SpecVersion | null }>

/** Back to the spec's approval: what was built on the former version no longer counts. */
export type SpecRevised = Happened<'SpecRevised', { version: SpecVersion; epoch: number }>

/** Caused by a person, or by the draft itself when the job goes on without asking. */
export type SpecApproved = Happened<'SpecApproved', { revision: number }>

export type BehaviourPinned = Happened<'BehaviourPinned', { characterization: Characterization }>

export type BaselineConfirmed = Happened<'BaselineConfirmed', { baseline: TestRun }>

export type AttemptMade = Happened<'AttemptMade', Pick<RecordAttempt, 'attempt' | 'source' | 'route' | 'patch'>>

export type AttemptPassed = Happened<'AttemptPassed', { verdict: VerdictReference }>

export type AttemptFailed = Happened<'AttemptFailed', { verdict: VerdictReference; fingerprint: string }>

/** A route was asked, but brought no patch that could be verified; what was red before still is. */
export type AttemptRefused = Happened<'AttemptRefused', { attempt: number; route: Route; code: string }>

/** The next repair attempt may begin. */
export type RepairOrdered = Happened<'RepairOrdered', { attempt: number }>

/** The gates have spoken about a patch from elsewhere: the end of a check, whatever they said. */
export type PatchChecked = Happened<'PatchChecked', { verdict: VerdictReference; failing: readonly string[] }>

export type InterventionNeeded = Happened<
  'InterventionNeeded',
  {
    reason: InterventionReason
    resumeState: ResumeState
    evidence: ArtifactHash | null
    failing: readonly string[]
  }
>

/** A person has decided. In a new round attempts and fingerprints begin anew. */
export type JobResumed = Happened<
  'JobResumed',
  { to: ResumeState; epoch: number; instruction: Instruction | null; newRound: boolean }
>

export type DeepFixConfirmed = Happened<'DeepFixConfirmed', { epoch: number; limit: Money }>

export type PatchDelivered = Happened<'PatchDelivered', { delivery: Delivery }>

export type SubsetAsked = Happened<'SubsetAsked', { selection: EditSelection; epoch: number }>

/** The subset cannot be delivered; the patch that was delivered before stands. */
export type SubsetRefused = Happened<
  'SubsetRefused',
  { code: string; verdict: VerdictReference | null; failing: readonly string[] }
>

export type AcceptanceAsked = Happened<'AcceptanceAsked', { treeHash: string | null }>

/** Nothing was settled; the user may accept again. */
export type AcceptanceFailed = Happened<'AcceptanceFailed', { code: string }>

export type JobAccepted = Happened<'JobAccepted', { ledgerEntryId: string }>

export type RevertAsked = Happened<'RevertAsked', { treeHash: string | null }>

/** The patch is still in place; the user may ask again. */
export type RevertFailed = Happened<'RevertFailed', { code: string }>

export type JobReverted = Happened<'JobReverted'>

export type JobCancelled = Happened<'JobCancelled', { reason: CancelReason; epoch: number }>

export type JobFailed = Happened<'JobFailed', { code: string }>

/** A sign of life. It overwrites the one before and is not history: see `isStored`. */
export type ClientSeen = Happened<'ClientSeen'>

/** What a job's log keeps, with sequences from 1 without holes. */
export type StoredJobEvent =
  | JobCreated
  | JobStarted
  | QuotaReserved
  | ProposalsOffered
  | CodeAnalyzed
  | ProposalSelected
  | SpecDrafted
  | ClarificationAsked
  | ClarificationGiven
  | SpecRevised
  | SpecApproved
  | BehaviourPinned
  | BaselineConfirmed
  | AttemptMade
  | AttemptPassed
  | AttemptFailed
  | AttemptRefused
  | PatchChecked
  | RepairOrdered
  | InterventionNeeded
  | JobResumed
  | DeepFixConfirmed
  | PatchDelivered
  | SubsetAsked
  | SubsetRefused
  | AcceptanceAsked
  | AcceptanceFailed
  | JobAccepted
  | RevertAsked
  | RevertFailed
  | JobReverted
  | JobCancelled
  | JobFailed

export type JobEvent = StoredJobEvent | ClientSeen

/** Whether the log keeps the event. A heartbeat only moves `lastSeenAt`: it has no sequence and wakes nobody. */
export const isStored = (event: JobEvent): event is StoredJobEvent => event.type !== 'ClientSeen'

/** Whether a person caused the event: such events are the `job.commanded` facts that wake the worker. */
export const isCommanded = (event: JobEvent): event is StoredJobEvent => isStored(event) && 'by' in event.cause

/** The stamp that a command leaves on the events it causes. */
export const causedBy = (command: JobCommand): Stamp => ({
  at: command.at,
  cause: isFact(command) ? { factId: command.factId } : { by: command.by },
})
