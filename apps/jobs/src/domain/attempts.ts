import { DomainError } from '@iama/kernel'
import type { RecordAttempt, RecordRefusedAttempt, RecordVerdict } from './facts.ts'
import { type Route, repairLimit, routeOfAttempt } from './entitlements.ts'
import { causedBy, type JobEvent } from './events.ts'
import { interventionNeeded } from './interruption.ts'
import type { Job, JobIn } from './job.ts'
import { expectSubsetPatch } from './subset.ts'
import { type ArtifactHash, type Candidate, firstFailing, type PatchSource } from './work.ts'

/** So many equal fingerprints in a row mean that repairing goes round in circles. */
export const sameFailureLimit = 3

/** Attempts come one after the other, each after the verdict on the one before. */
export class AttemptOutOfTurn extends DomainError {
  readonly code = 'ATTEMPT_OUT_OF_TURN'

  constructor(attempt: number, expected: number) {
    super(`attempt ${attempt} was made, but attempt ${expected} is due`, { expected: String(expected) })
  }
}

/** The patch comes from a source that was not asked for. */
export class SourceNotExpected extends DomainError {
  readonly code = 'SOURCE_NOT_EXPECTED'

  constructor(source: PatchSource, expected: readonly PatchSource[]) {
    const due = expected.length > 0 ? `expected is ${expected.join(' or ')}` : 'none is expected now'
    super(`a patch came from ${source}, but ${due}`, { expected: expected.join(' ') })
  }
}

/** L1 and L2 take turns by the number of the attempt, and L3 belongs to deep fixes. */
export class RouteNotAllowed extends DomainError {
  readonly code = 'ROUTE_NOT_ALLOWED'
  override readonly kind = 'forbidden'

  constructor(route: Route | null, expected: Route | null) {
    super(`route ${route ?? 'none'} was used where ${expected ?? 'none'} is due`, { expected: expected ?? '' })
  }
}

/** A green verdict stands: the patch only has to be delivered. */
export class AlreadyVerified extends DomainError {
  readonly code = 'ALREADY_VERIFIED'

  constructor() {
    super('the last patch is verified; deliver it')
  }
}

/** No patch waits for a verdict. */
export class NothingToJudge extends DomainError {
  readonly code = 'NOTHING_TO_JUDGE'

  constructor() {
    super('no patch waits for a verdict; record an attempt first')
  }
}

/** The gates looked at another patch than the one that was tried last. */
export class VerdictOnAnotherPatch extends DomainError {
  readonly code = 'VERDICT_ON_ANOTHER_PATCH'

  constructor(judged: string, tried: string) {
    super(`the verdict is on patch ${judged}, the patch that was tried is ${tried}`, { judged, tried })
  }
}

/** Three states make a patch, DELIVERED verifies a choice among the edits of one. */
export type DeliveringState = 'REFACTORING' | 'SELF_HEALING' | 'DEEP_FIX' | 'DELIVERED'

/** The states in which patches are tried; what a check is given is judged and never delivered. */
export type TryingState = DeliveringState | 'CHECKING'

/** Until it has a verdict, an attempt may be made again and replaces itself: work is lost when a machine is. */
export const recordAttempt = (fact: RecordAttempt, job: JobIn<TryingState>): JobEvent[] => {
  const { attempt, source, route, patch } = fact
  const sources = expectedSources(job)
  const routeDue = source === 'ROUTE' ? dueRoute(job) : null
  if (job.candidate?.verdict?.green) throw new AlreadyVerified()
  if (!sources.includes(source)) throw new SourceNotExpected(source, sources)
  if (attempt !== job.attempt) throw new AttemptOutOfTurn(attempt, job.attempt)
  if (route !== routeDue) throw new RouteNotAllowed(route, routeDue)
  if (job.state === 'DELIVERED') expectSubsetPatch(job, patch)
  return [{ type: 'AttemptMade', ...causedBy(fact), attempt, source, route, patch }]
}

/** An answer without a usable patch is an attempt all the same: it was paid for, and repairing must end. */
export const recordRefusedAttempt = (
  fact: RecordRefusedAttempt,
  job: JobIn<Exclude<DeliveringState, 'DELIVERED'>>,
): JobEvent[] => {
  const { attempt, route, code } = fact
  const sources = expectedSources(job)
  if (job.candidate?.verdict?.green) throw new AlreadyVerified()
  if (!sources.includes('ROUTE')) throw new SourceNotExpected('ROUTE', sources)
  if (attempt !== job.attempt) throw new AttemptOutOfTurn(attempt, job.attempt)
  if (route !== dueRoute(job)) throw new RouteNotAllowed(route, dueRoute(job))
  const refused: JobEvent = { type: 'AttemptRefused', ...causedBy(fact), attempt, route, code }
  return [refused, ...afterFailure(fact, job, { report: job.candidate?.verdict?.artifact ?? null, failing: [] }, code)]
}

export const recordVerdict = (fact: RecordVerdict, job: JobIn<TryingState>): JobEvent[] => {
  expectJudgeable(fact, job.candidate)
  const { outcome } = fact
  if (job.state === 'CHECKING') return [checked(fact)]
  if (outcome.kind === 'GREEN')
    return [{ type: 'AttemptPassed', ...causedBy(fact), verdict: { green: true, artifact: fact.verdict } }]
  const { fingerprint, failing, hasGreenPart } = outcome
  const verdict = { green: false, hasGreenPart, artifact: fact.verdict }
  if (job.state === 'DELIVERED')
    return [{ type: 'SubsetRefused', ...causedBy(fact), code: 'NOT_GREEN', verdict, failing: firstFailing(failing) }]
  const failed: JobEvent = { type: 'AttemptFailed', ...causedBy(fact), verdict, fingerprint }
  return [failed, ...afterFailure(fact, job, { report: fact.verdict, failing }, fingerprint)]
}

/** Green or red, the check has its verdict: nothing is delivered, and nothing repaired. */
const checked = (fact: RecordVerdict): JobEvent => {
  const { outcome, verdict: artifact } = fact
  const isRed = outcome.kind === 'RED'
  const verdict = isRed ? { green: false, hasGreenPart: outcome.hasGreenPart, artifact } : { green: true, artifact }
  return { type: 'PatchChecked', ...causedBy(fact), verdict, failing: isRed ? firstFailing(outcome.failing) : [] }
}

/** The route that the next attempt has to use. */
export const dueRoute = (job: Job): Route => (job.state === 'DEEP_FIX' ? 'L3' : routeOfAttempt(job.attempt))

/** Repair again, or ask a person: after a failed deep fix, when failures repeat, when the attempts are used up. */
const afterFailure = (
  fact: RecordVerdict | RecordRefusedAttempt,
  job: JobIn<TryingState>,
  shown: { readonly report: ArtifactHash | null; readonly failing: readonly string[] },
  fingerprint: string,
): JobEvent[] => {
  const ask = (reason: 'REPEATED_FAILURE' | 'ATTEMPTS_EXHAUSTED') =>
    interventionNeeded(fact, reason, 'SELF_HEALING', shown)
  // A deep fix is one attempt at a confirmed price: another one has to be confirmed again.
  if (job.state === 'DEEP_FIX') return ask('ATTEMPTS_EXHAUSTED')
  if (isRepeating([...job.fingerprints, fingerprint])) return ask('REPEATED_FAILURE')
  if (job.attempt >= repairLimit(job.entitlements)) return ask('ATTEMPTS_EXHAUSTED')
  return [{ type: 'RepairOrdered', ...causedBy(fact), attempt: job.attempt + 1 }]
}

const isRepeating = (fingerprints: readonly string[]): boolean =>
  fingerprints.length >= sameFailureLimit && new Set(fingerprints.slice(-sameFailureLimit)).size === 1

const expectedSources = (job: JobIn<TryingState>): readonly PatchSource[] => {
  if (job.state === 'DELIVERED') return job.subset ? ['SUBSET'] : []
  if (job.state === 'CHECKING') return ['OWN_EDITS']
  if (job.instruction?.kind === 'OWN_EDITS') return ['OWN_EDITS']
  if (job.instruction?.kind === 'GREEN_PART') return ['GREEN_PART']
  return job.state === 'SELF_HEALING' ? ['ROUTE', 'GREEN_PART'] : ['ROUTE']
}

const expectJudgeable = (fact: RecordVerdict, candidate: Candidate | null): void => {
  if (!candidate || candidate.verdict) throw new NothingToJudge()
  if (candidate.patch.artifact !== fact.patch) throw new VerdictOnAnotherPatch(fact.patch, candidate.patch.artifact)
}
