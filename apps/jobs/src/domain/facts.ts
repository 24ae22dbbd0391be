import type { Entitlements, Route } from './entitlements.ts'
import type {
  ArtifactHash,
  Characterization,
  Instant,
  PatchReference,
  PatchSource,
  Proposal,
  SpecVersion,
  TestRun,
} from './work.ts'

/**
 * What the worker has seen happen while the job was in `epoch`. The same `factId` twice is one fact: the second is
 * answered like the first and changes nothing.
 */
type Recorded<Type extends string, Data = unknown> = Readonly<{
  type: Type
  at: Instant
  factId: string
  epoch: number
}> &
  Readonly<Data>

export type RecordReservation = Recorded<
  'RecordReservation',
  {
    outcome:
      | Readonly<{ kind: 'RESERVED'; reservationId: string; entitlements: Entitlements }>
      | Readonly<{ kind: 'EXHAUSTED' }>
  }
>

export type RecordAnalysis = Recorded<
  'RecordAnalysis',
  {
    outcome:
      /** Proposals come best first. */
      | Readonly<{
          kind: 'PROPOSALS'
          analysis: ArtifactHash
          proposals: readonly [Proposal, ...Proposal[]]
          baseline: TestRun
        }>
      | Readonly<{ kind: 'NOTHING_TO_DO' }>
      /** Of a check, which needs no strategy. */
      | Readonly<{ kind: 'ANALYZED'; analysis: ArtifactHash; baseline: TestRun }>
      | Readonly<{ kind: 'BASELINE_RED'; baseline: TestRun }>
  }
>

export type RecordSpec = Recorded<'RecordSpec', { draft: Pick<SpecVersion, 'token' | 'content'> }>

/** The clarifier has answered; `draft` is null when it leaves the spec as it is. */
export type RecordClarification = Recorded<
  'RecordClarification',
  { turn: ArtifactHash; draft: Pick<SpecVersion, 'token' | 'content'> | null }
>

export type RecordTests = Recorded<'RecordTests', { characterization: Characterization }>

export type RecordBaseline = Recorded<'RecordBaseline', { green: boolean; baseline: TestRun }>

export type RecordAttempt = Recorded<
  'RecordAttempt',
  {
    /** As the job says: 0 for the refactoring, 1 to 6 for repairs. */
    attempt: number
    source: PatchSource
    /** Null when no model was asked. */
    route: Route | null
    patch: PatchReference
  }
>

/** An attempt of a route that brought no patch to verify: its answer could not be read, or changed nothing new. */
export type RecordRefusedAttempt = Recorded<
  'RecordRefusedAttempt',
  {
    attempt: number
    route: Route
    /** Such as MALFORMED_OUTPUT, NO_OPERATION, SAME_PATCH, UNDOES_LAST; equal codes are equal failures. */
    code: string
  }
>

export type RecordVerdict = Recorded<
  'RecordVerdict',
  {
    /** The patch that was judged. */
    patch: ArtifactHash
    verdict: ArtifactHash
    outcome:
      | Readonly<{ kind: 'GREEN' }>
      /** The fingerprint is opaque: equal for equal failures. */
      | Readonly<{ kind: 'RED'; fingerprint: string; failing: readonly string[]; hasGreenPart: boolean }>
  }
>

/** The bundle of the verified patch is ready, and the job's allowance is consumed. */
export type RecordDelivery = Recorded<'RecordDelivery', { bundle: ArtifactHash; treeHash: string }>

export type RecordAccepted = Recorded<'RecordAccepted', { ledgerEntryId: string }>

export type RecordReverted = Recorded<'RecordReverted'>

/** The worker cannot go on; `code` is UPPER_SNAKE and says why. */
export type RecordFailure = Recorded<'RecordFailure', { code: string }>

/** `graceMs` is the silence after which a client counts as lost, as the service is set. */
export type RecordHeartbeatLost = Recorded<'RecordHeartbeatLost', { graceMs: number }>

export type RecordBudgetReached = Recorded<'RecordBudgetReached'>

export type RecordProviderUnavailable = Recorded<'RecordProviderUnavailable'>

export type Fact =
  | RecordReservation
  | RecordAnalysis
  | RecordSpec
  | RecordClarification
  | RecordTests
  | RecordBaseline
  | RecordAttempt
  | RecordRefusedAttempt
  | RecordVerdict
  | RecordDelivery
  | RecordAccepted
  | RecordReverted
  | RecordFailure
  | RecordHeartbeatLost
  | RecordBudgetReached
  | RecordProviderUnavailable
