import { assertNever, type Decider } from '@iama/kernel'
import { acceptJob, recordAccepted, recordReverted, revertJob } from './acceptance.ts'
import { recordAttempt, recordRefusedAttempt, recordVerdict } from './attempts.ts'
import { createJob, recordReservation, startJob } from './beginning.ts'
import { isFact, type JobCommand, type UserCommand } from './commands.ts'
import { recordDelivery } from './delivery.ts'
import { cancelled, recordFailure } from './ending.ts'
import type { JobEvent } from './events.ts'
import { evolve } from './evolve.ts'
import type { Fact } from './facts.ts'
import { expectEpoch, expectJob, expectNoJob, expectState } from './guards.ts'
import {
  checkEnded,
  heartbeat,
  recordBudgetReached,
  recordHeartbeatLost,
  recordProviderUnavailable,
} from './interruption.ts'
import { intervene } from './intervention.ts'
import { isCheck, type Job, noJob, type NoJob, openStates } from './job.ts'
import { recordBaseline, recordTests } from './safety-net.ts'
import { approveSpec, askClarifier, recordClarification, recordSpec, reviseSpec } from './specification.ts'
import { recordAnalysis, selectProposal } from './strategy.ts'

/**
 * What a command makes happen to a job: the events to append, in order, or none when nothing changes.
 * @throws DomainError with the rule that forbids it; the error's class stands beside the rule.
 */
export const decide = (command: JobCommand, job: Job | NoJob): JobEvent[] => {
  if (isFact(command)) return decideOnFact(command, expectJob(job))
  if (command.type === 'CreateJob') return createJob(command, expectNoJob(job))
  return decideOnRequest(command, expectJob(job))
}

const decideOnRequest = (command: Exclude<UserCommand, { type: 'CreateJob' }>, job: Job): JobEvent[] => {
  switch (command.type) {
    case 'StartJob':
      return startJob(command, expectState(job, 'PENDING'))
    case 'SelectProposal':
      return selectProposal(command, expectState(job, 'WAITING_STRATEGY'))
    case 'UpdateSpec':
      return reviseSpec(command, command, expectState(job, ...editableStates))
    case 'ApproveSpec':
      return approveSpec(command, expectState(job, 'WAITING_SPEC_APPROVAL'))
    case 'AskClarifier':
      return askClarifier(command, expectState(job, 'WAITING_SPEC_APPROVAL'))
    case 'Intervene':
      return intervene(command, expectState(job, 'WAITING_INTERVENTION'))
    case 'Heartbeat':
      return heartbeat(command, expectState(job, ...openStates))
    case 'AcceptJob':
      return acceptJob(command, expectState(job, 'DELIVERED'))
    case 'RejectJob':
      return cancelled(command, expectState(job, 'DELIVERED'), 'REJECTED')
    case 'CancelJob':
      return cancelled(command, expectState(job, ...openStates), 'CANCELLED_BY_USER')
    case 'KillJob':
      return cancelled(command, expectState(job, ...openStates), 'KILLED')
    case 'RevertJob':
      return revertJob(command, expectState(job, 'ACCEPTED'))
    default:
      return assertNever(command)
  }
}

const decideOnFact = (fact: Fact, job: Job): JobEvent[] => {
  if (job.factIds.includes(fact.factId)) return []
  expectEpoch(fact, job)
  const events = decideOnFreshFact(fact, job)
  const needed = events.find((event) => event.type === 'InterventionNeeded')
  return needed && isCheck(job) ? checkEnded(fact, needed.reason) : events
}

const decideOnFreshFact = (fact: Fact, job: Job): JobEvent[] => {
  switch (fact.type) {
    case 'RecordReservation':
      return recordReservation(fact, expectState(job, 'QUOTA_RESERVING'))
    case 'RecordAnalysis':
      return recordAnalysis(fact, expectState(job, 'ANALYZING'))
    case 'RecordSpec':
      return recordSpec(fact, expectState(job, 'WAITING_SPEC_APPROVAL'))
    case 'RecordClarification':
      return recordClarification(fact, expectState(job, 'WAITING_SPEC_APPROVAL'))
    case 'RecordTests':
      return recordTests(fact, expectState(job, 'GENERATING_TESTS'))
    case 'RecordBaseline':
      return recordBaseline(fact, expectState(job, 'BASELINE_VALIDATION'))
    case 'RecordAttempt':
      return recordAttempt(fact, expectState(job, ...tryingStates))
    case 'RecordRefusedAttempt':
      return recordRefusedAttempt(fact, expectState(job, 'REFACTORING', 'SELF_HEALING', 'DEEP_FIX'))
    case 'RecordVerdict':
      return recordVerdict(fact, expectState(job, ...tryingStates))
    case 'RecordDelivery':
      return recordDelivery(fact, expectState(job, ...deliveringStates))
    case 'RecordAccepted':
      return recordAccepted(fact, expectState(job, 'DELIVERED'))
    case 'RecordReverted':
      return recordReverted(fact, expectState(job, 'ACCEPTED'))
    case 'RecordFailure':
      return recordFailure(fact, job)
    case 'RecordHeartbeatLost':
      return recordHeartbeatLost(fact, job)
    case 'RecordBudgetReached':
      return recordBudgetReached(fact, job)
    case 'RecordProviderUnavailable':
      return recordProviderUnavailable(fact, job)
    default:
      return assertNever(fact)
  }
}

/** Tests and baseline belong to an approved spec; before and after them it can be edited. */
const editableStates = [
  'WAITING_SPEC_APPROVAL',
  'REFACTORING',
  'SELF_HEALING',
  'WAITING_INTERVENTION',
  'DELIVERED',
] as const

/** Three states make a patch, and DELIVERED verifies a choice among the edits of one. */
const deliveringStates = ['REFACTORING', 'SELF_HEALING', 'DEEP_FIX', 'DELIVERED'] as const

/** Patches are tried here. */
const tryingStates = [...deliveringStates, 'CHECKING'] as const

/** The job's life as two pure functions: the only place that knows which transition is legal. */
export const jobDecider: Decider<JobCommand, JobEvent, Job | NoJob> = { initial: noJob, decide, evolve }
