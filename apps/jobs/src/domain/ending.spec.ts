import { specification } from '@iama/testing'
import { describe, it } from '@jest/globals'
import { jobDecider } from './decider.ts'
import type { JobEvent } from './events.ts'
import { NotInState } from './guards.ts'
import * as story from './job.fixtures.ts'
import { drafting, historyOf, stamps, tried } from './job.fixtures.ts'
import { type JobState, openStates } from './job.ts'

const { given } = specification(jobDecider)
const { byUser, byFact } = stamps

describe('cancelling', () => {
  it.each(openStates)('ends a job in %s and makes what is in flight stale', (state) => {
    const epoch = state === 'DEEP_FIX' ? 2 : 1
    given(historyOf[state])
      .when(story.cancel())
      .then([{ type: 'JobCancelled', ...byUser, reason: 'CANCELLED_BY_USER', epoch }])
    given(historyOf[state])
      .when(story.cancel())
      .thenState({ state: 'CANCELLED', endedBecause: 'CANCELLED_BY_USER', waiting: null })
  })

  it('by rejecting what was delivered says so', () => {
    given(historyOf.DELIVERED).when(story.reject()).thenState({ state: 'CANCELLED', endedBecause: 'REJECTED' })
  })

  it('by the operator says so', () => {
    given(historyOf.REFACTORING)
      .when(story.kill())
      .then([{ type: 'JobCancelled', at: story.noon, cause: { by: 'operator-1' }, reason: 'KILLED', epoch: 1 }])
  })

  it('ends the choice among edits that is being verified', () => {
    given([...historyOf.DELIVERED, story.subsetAsked])
      .when(story.cancel())
      .thenState({ state: 'CANCELLED', subset: null, epoch: 2 })
  })
})

describe('a failure', () => {
  const running: JobState[] = [
    'QUOTA_RESERVING',
    'ANALYZING',
    'GENERATING_TESTS',
    'BASELINE_VALIDATION',
    'REFACTORING',
    'SELF_HEALING',
    'DEEP_FIX',
  ]

  it.each(running)('ends a job in %s', (state) => {
    given(historyOf[state])
      .when(story.recordFailure('WORKSPACE_LOST', { epoch: state === 'DEEP_FIX' ? 1 : 0 }))
      .then([{ type: 'JobFailed', ...byFact, code: 'WORKSPACE_LOST' }])
  })

  it('is no end when a person has sent edits that do not fit the code', () => {
    const own = tried(1, { source: 'OWN_EDITS', route: null })
    const conflict = story.recordFailure('PATCH_CONFLICT')
    const waiting: JobEvent = {
      type: 'InterventionNeeded',
      ...byFact,
      ...{ reason: 'ATTEMPTS_EXHAUSTED', resumeState: 'SELF_HEALING', evidence: null, failing: [] },
    }
    given([...historyOf.SELF_HEALING, own])
      .when(conflict)
      .then([waiting])
    given([...historyOf.SELF_HEALING, own])
      .when(story.recordFailure())
      .thenState({ state: 'FAILED' })
    given([...historyOf.SELF_HEALING, tried(1)])
      .when(conflict)
      .thenState({ state: 'FAILED' })
  })

  it('ends a job whose spec cannot be drafted', () => {
    given(drafting).when(story.recordFailure()).thenState({ state: 'FAILED', endedBecause: 'WORKSPACE_LOST' })
  })

  it.each<JobState>(['PENDING', 'WAITING_STRATEGY', 'WAITING_SPEC_APPROVAL', 'WAITING_INTERVENTION', 'DELIVERED'])(
    'cannot happen to a job in %s, where nothing runs',
    (state) => {
      given(historyOf[state]).when(story.recordFailure()).thenRefuses(NotInState)
    },
  )
})
