import { DomainError } from '@iama/kernel'
import type { Heartbeat } from './commands.ts'
import type { Fact, RecordBudgetReached, RecordHeartbeatLost, RecordProviderUnavailable } from './facts.ts'
import { causedBy, type JobEvent } from './events.ts'
import { expectState } from './guards.ts'
import {
  type InterventionReason,
  isDrafting,
  type Job,
  type JobIn,
  type OpenState,
  type ResumeState,
  type WorkingState,
  workingStates,
} from './job.ts'
import { type ArtifactHash, firstFailing } from './work.ts'

/** Nobody is expected to send heartbeats for this job. */
export class JobIsDetached extends DomainError {
  readonly code = 'JOB_IS_DETACHED'

  constructor() {
    super('the job is detached: it needs no heartbeat and cannot lose one')
  }
}

/** The client was heard from in time, perhaps just now. */
export class ClientIsAlive extends DomainError {
  readonly code = 'CLIENT_IS_ALIVE'

  constructor(silence: number, graceMs: number) {
    super(`the client was heard from ${silence} ms ago; ${graceMs} ms of silence count as lost`, {
      silence: String(silence),
    })
  }
}

export const heartbeat = (command: Heartbeat, _: JobIn<OpenState>): JobEvent[] => [
  { type: 'ClientSeen', ...causedBy(command) },
]

export const recordHeartbeatLost = (fact: RecordHeartbeatLost, job: Job): JobEvent[] => {
  const { state } = expectWorking(job)
  if (!job.attached) throw new JobIsDetached()
  const silence = fact.at - job.lastSeenAt
  if (silence < fact.graceMs) throw new ClientIsAlive(silence, fact.graceMs)
  return interrupted(fact, 'HEARTBEAT_LOST', state)
}

export const recordBudgetReached = (fact: RecordBudgetReached, job: Job): JobEvent[] =>
  interrupted(fact, 'BUDGET_REACHED', expectWorking(job).state)

export const recordProviderUnavailable = (fact: RecordProviderUnavailable, job: Job): JobEvent[] =>
  interrupted(fact, 'PROVIDER_UNAVAILABLE', expectWorking(job).state)

const interrupted = (fact: Fact, reason: InterventionReason, state: WorkingState): JobEvent[] =>
  state === 'CHECKING' ? checkEnded(fact, reason) : interventionNeeded(fact, reason, state)

/** A check runs where nobody is asked: the reason for which a refactoring would wait is how the check fails. */
export const checkEnded = (fact: Fact, reason: InterventionReason): JobEvent[] => [
  { type: 'JobFailed', ...causedBy(fact), code: reason },
]

/** The job, known to have something in flight; a spec that is still being drafted counts. */
export const expectWorking = (job: Job): JobIn<WorkingState> =>
  isDrafting(job) ? expectState(job, 'WAITING_SPEC_APPROVAL') : expectState(job, ...workingStates)

/** From here a person decides; `resumeState` is where the job goes on. */
export const interventionNeeded = (
  fact: Fact,
  reason: InterventionReason,
  resumeState: ResumeState,
  shown: { readonly report: ArtifactHash | null; readonly failing: readonly string[] } = nothingShown,
): JobEvent[] => [
  {
    type: 'InterventionNeeded',
    ...causedBy(fact),
    reason,
    resumeState,
    evidence: shown.report,
    failing: firstFailing(shown.failing),
  },
]

const nothingShown = { report: null, failing: [] }
