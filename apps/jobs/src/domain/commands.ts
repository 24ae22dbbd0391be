import type { Fact } from './facts.ts'
import type { EditSelection } from './job.ts'
import type { ArtifactHash, Instant, Money, Order } from './work.ts'

/** What a person asks for. `by` is a user's id, or an operator's for KillJob. */
type Request<Type extends string, Data = unknown> = Readonly<{ type: Type; at: Instant; by: string }> & Readonly<Data>

export type CreateJob = Request<
  'CreateJob',
  {
    jobId: string
    tenantId: string
    order: Order
    snapshot: ArtifactHash
    /** An attached job waits when its client falls silent; a detached one runs alone. */
    attached: boolean
    /** Take the best proposal, and the spec drafted from it, without asking. */
    autoSelect: boolean
  }
>

export type StartJob = Request<'StartJob'>

export type SelectProposal = Request<'SelectProposal', { proposalId: string }>

/** An edit of the spec: `token` is the version that was read, `nextToken` a fresh one for the version it makes. */
export type SpecEdit = Readonly<{ token: string; nextToken: string; content: ArtifactHash }>

export type UpdateSpec = Request<'UpdateSpec', SpecEdit>

/** `token` is the version that was read and is approved. */
export type ApproveSpec = Request<'ApproveSpec', { token: string }>

/** Says something about the spec; `turn` is what is said. */
export type AskClarifier = Request<'AskClarifier', { turn: ArtifactHash }>

export type Intervention =
  | Readonly<{ kind: 'RETRY'; hint: ArtifactHash | null }>
  | (Readonly<{ kind: 'EDIT_SPEC' }> & SpecEdit)
  | Readonly<{ kind: 'OWN_EDITS'; patch: ArtifactHash }>
  | Readonly<{ kind: 'GREEN_PART' }>
  /** `confirmedLimit` is the most that the user agreed to pay; without it nothing runs. */
  | Readonly<{ kind: 'DEEP_FIX'; confirmedLimit: Money | null }>
  | Readonly<{ kind: 'CANCEL' }>

export type Intervene = Request<'Intervene', { intervention: Intervention }>

/** A sign of life from any client of the job. */
export type Heartbeat = Request<'Heartbeat'>

export type AcceptJob = Request<
  'AcceptJob',
  {
    /** Hash of the user's tree with the patch in it; null when no client has written it (a pull request will). */
    treeHash: string | null
    /** Null takes the whole patch. A proper subset is verified first, then delivered, and can then be accepted. */
    selection: EditSelection | null
  }
>

/** The delivered patch is not wanted. */
export type RejectJob = Request<'RejectJob'>

export type CancelJob = Request<'CancelJob'>

/** The operator's switch. */
export type KillJob = Request<'KillJob'>

/** `treeHash` is the user's tree with the patch taken back; null when the worker takes it back. */
export type RevertJob = Request<'RevertJob', { treeHash: string | null }>

export type UserCommand =
  | CreateJob
  | StartJob
  | SelectProposal
  | UpdateSpec
  | ApproveSpec
  | AskClarifier
  | Intervene
  | Heartbeat
  | AcceptJob
  | RejectJob
  | CancelJob
  | KillJob
  | RevertJob

export type { Fact } from './facts.ts'
export type { EditSelection } from './job.ts'

export type JobCommand = UserCommand | Fact

export const isFact = (command: JobCommand): command is Fact => 'factId' in command
