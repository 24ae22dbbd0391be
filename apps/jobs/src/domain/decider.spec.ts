import { fold } from '@iama/kernel'
import { specification, type Refusal } from '@iama/testing'
import { describe, expect, it } from '@jest/globals'
import { isFact, type JobCommand } from './commands.ts'
import { jobDecider } from './decider.ts'
import { JobAlreadyExists, JobIsFinal, JobNotFound, NotInState, StaleEpoch } from './guards.ts'
import * as story from './job.fixtures.ts'
import { type Job, type JobState, jobStates } from './job.ts'

const { given } = specification(jobDecider)

const final: readonly JobState[] = ['REVERTED', 'CANCELLED', 'FAILED', 'CHECKED']
const beforeAcceptance = jobStates.filter((state) => state !== 'ACCEPTED' && !final.includes(state))
const busy: JobState[] = [
  'ANALYZING',
  'GENERATING_TESTS',
  'BASELINE_VALIDATION',
  'REFACTORING',
  'SELF_HEALING',
  'DEEP_FIX',
  'CHECKING',
]
const delivering: JobState[] = ['REFACTORING', 'SELF_HEALING', 'DEEP_FIX', 'DELIVERED']
const trying: JobState[] = [...delivering, 'CHECKING']

/** Where each command makes sense, as the design tells it; everywhere else it is out of place. */
const commands: readonly { command: () => JobCommand; in: readonly JobState[] }[] = [
  { command: story.start, in: ['PENDING'] },
  { command: story.select, in: ['WAITING_STRATEGY'] },
  {
    command: story.updateSpec,
    in: ['WAITING_SPEC_APPROVAL', 'REFACTORING', 'SELF_HEALING', 'WAITING_INTERVENTION', 'DELIVERED'],
  },
  { command: story.approve, in: ['WAITING_SPEC_APPROVAL'] },
  { command: story.askClarifier, in: ['WAITING_SPEC_APPROVAL'] },
  { command: story.recordClarification, in: ['WAITING_SPEC_APPROVAL'] },
  { command: story.intervene, in: ['WAITING_INTERVENTION'] },
  { command: story.heartbeat, in: beforeAcceptance },
  { command: story.accept, in: ['DELIVERED'] },
  { command: story.reject, in: ['DELIVERED'] },
  { command: story.cancel, in: beforeAcceptance },
  { command: story.kill, in: beforeAcceptance },
  { command: story.revert, in: ['ACCEPTED'] },
  { command: story.recordReservation, in: ['QUOTA_RESERVING'] },
  { command: story.recordAnalysis, in: ['ANALYZING'] },
  { command: story.recordSpec, in: ['WAITING_SPEC_APPROVAL'] },
  { command: story.recordTests, in: ['GENERATING_TESTS'] },
  { command: story.recordBaseline, in: ['BASELINE_VALIDATION'] },
  { command: story.recordAttempt, in: trying },
  { command: story.recordRefusedAttempt, in: ['REFACTORING', 'SELF_HEALING', 'DEEP_FIX'] },
  { command: story.recordGreen, in: trying },
  { command: story.recordDelivery, in: delivering },
  { command: story.recordAccepted, in: ['DELIVERED'] },
  { command: story.recordReverted, in: ['ACCEPTED'] },
  { command: story.recordFailure, in: ['QUOTA_RESERVING', ...busy] },
  { command: story.recordHeartbeatLost, in: busy },
  { command: story.recordBudgetReached, in: busy },
  { command: story.recordProviderUnavailable, in: busy },
]

const jobIn = (state: JobState): Job => fold(jobDecider, story.historyOf[state]) as Job

/** The command, as a worker that has just read this job would send it. */
const upToDate = (command: JobCommand, state: JobState): JobCommand =>
  isFact(command) ? { ...command, epoch: jobIn(state).epoch } : command

describe.each(jobStates)('a job in %s', (state) => {
  it('is what its history says', () => {
    expect(jobIn(state).state).toBe(state)
  })

  it('cannot be created again', () => {
    given(story.historyOf[state]).when(story.create()).thenRefuses(JobAlreadyExists, { state })
  })

  const outOfPlace: Refusal = final.includes(state) ? JobIsFinal : NotInState
  for (const { command: make, in: states } of commands) {
    const command = upToDate(make(), state)
    if (states.includes(state))
      it(`does not find ${command.type} out of place`, () => {
        expect(refusalOf(command, state)).not.toMatch(/^(NOT_IN_STATE|JOB_IS_FINAL|JOB_NOT_FOUND|STALE)$/)
      })
    else
      it(`refuses ${command.type}`, () => {
        given(story.historyOf[state]).when(command).thenRefuses(outOfPlace, { state })
      })
  }
})

describe('a job that does not exist', () => {
  it.each(commands.map(({ command }) => command()))('is not found by $type', (command) => {
    given([]).when(command).thenRefuses(JobNotFound)
  })

  it('can be created', () => {
    given([]).when(story.create()).then([story.created()])
  })
})

describe('a fact', () => {
  const facts = commands.map(({ command }) => command()).filter(isFact)

  it.each(facts)('of another epoch is stale: $type', (fact) => {
    const { epoch } = jobIn('DEEP_FIX')
    given(story.historyOf.DEEP_FIX)
      .when({ ...fact, epoch: epoch - 1 })
      .thenRefuses(StaleEpoch, { current: String(epoch) })
    given(story.historyOf.DEEP_FIX)
      .when({ ...fact, epoch: epoch + 1 })
      .thenRefuses(StaleEpoch)
  })

  it.each(facts)('that came after a cancellation is stale rather than out of place: $type', (fact) => {
    given(story.historyOf.CANCELLED).when(fact).thenRefuses(StaleEpoch)
  })

  it.each([
    ['QUOTA_RESERVING', story.recordReservation()],
    ['ANALYZING', story.recordAnalysis()],
    ['ANALYZING', story.recordAnalysis({ kind: 'NOTHING_TO_DO' })],
    ['GENERATING_TESTS', story.recordTests()],
    ['BASELINE_VALIDATION', story.recordBaseline(['test a'])],
    ['REFACTORING', story.recordAttempt()],
    ['REFACTORING', story.recordRefusedAttempt()],
    ['REFACTORING', story.recordFailure()],
    ['SELF_HEALING', story.recordBudgetReached()],
  ] as const)('that comes twice changes nothing the second time: %s, $type', (state, fact) => {
    const first = jobDecider.decide(fact, jobIn(state))
    expect(first.length).toBeGreaterThan(0)
    given([...story.historyOf[state], ...first])
      .when(fact)
      .thenNothing()
  })

  it('that ended the job is still answered when it comes again', () => {
    given([...story.historyOf.ACCEPTED, story.revertAsked, story.reverted])
      .when(story.recordReverted({ factId: 'reverted' }))
      .thenNothing()
  })
})

const refusalOf = (command: JobCommand, state: JobState): string => {
  try {
    jobDecider.decide(command, jobIn(state))
    return 'none'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
