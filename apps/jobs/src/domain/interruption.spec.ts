import { specification } from '@iama/testing'
import { describe, it } from '@jest/globals'
import { jobDecider } from './decider.ts'
import { NotInState } from './guards.ts'
import { ClientIsAlive, JobIsDetached } from './interruption.ts'
import * as story from './job.fixtures.ts'
import { created, drafting, historyOf, noon } from './job.fixtures.ts'
import type { JobState } from './job.ts'

const { given } = specification(jobDecider)
const minutes = 60_000
const refactoring = historyOf.REFACTORING
const busy = [
  'ANALYZING',
  'GENERATING_TESTS',
  'BASELINE_VALIDATION',
  'REFACTORING',
  'SELF_HEALING',
] as const satisfies JobState[]

describe('a heartbeat', () => {
  it('only moves the last sign of life, and takes no sequence', () => {
    given(refactoring)
      .when(story.heartbeat(noon + 1 * minutes))
      .then([{ type: 'ClientSeen', at: noon + 1 * minutes, cause: { by: story.user } }])
    given(refactoring)
      .when(story.heartbeat(noon + 1 * minutes))
      .thenState({ state: 'REFACTORING', lastSeenAt: noon + 1 * minutes, sequence: refactoring.length, epoch: 0 })
  })

  it('that arrives late does not move it back', () => {
    given(refactoring)
      .when(story.heartbeat(noon - 1 * minutes))
      .thenState({ lastSeenAt: noon })
  })
})

describe('silence', () => {
  it('of 300 seconds makes an attached job wait', () => {
    given(refactoring)
      .when(story.recordHeartbeatLost({ at: noon + 5 * minutes }))
      .thenState({
        state: 'WAITING_INTERVENTION',
        waiting: {
          reason: 'HEARTBEAT_LOST',
          resumeState: 'REFACTORING',
          since: noon + 5 * minutes,
          evidence: null,
          failing: [],
        },
      })
  })

  it('that is shorter does not', () => {
    given(refactoring)
      .when(story.recordHeartbeatLost({ at: noon + 5 * minutes - 1 }))
      .thenRefuses(ClientIsAlive, { silence: '299999' })
  })

  it('counts as the service is set', () => {
    given(refactoring)
      .when(story.recordHeartbeatLost({ at: noon + 3_000, graceMs: 3_000 }))
      .thenState({ state: 'WAITING_INTERVENTION' })
    given(refactoring)
      .when(story.recordHeartbeatLost({ at: noon + 2_999, graceMs: 3_000 }))
      .thenRefuses(ClientIsAlive, { silence: '2999' })
  })

  it('is counted from the last heartbeat, or from any other command of a person', () => {
    const beat = { type: 'ClientSeen', at: noon + 1 * minutes, cause: { by: story.user } } as const
    given([...refactoring, beat])
      .when(story.recordHeartbeatLost({ at: noon + 5 * minutes }))
      .thenRefuses(ClientIsAlive)
    const lateApproval = {
      type: 'SpecApproved',
      at: noon + 3 * minutes,
      cause: { by: story.user },
      revision: 1,
    } as const
    given([...historyOf.WAITING_SPEC_APPROVAL, lateApproval])
      .when(story.recordHeartbeatLost({ at: noon + 5 * minutes }))
      .thenRefuses(ClientIsAlive)
  })

  it('does not count what the worker says', () => {
    const lateTests = { type: 'BehaviourPinned', at: noon + 4 * minutes, cause: { factId: 'tests' } } as const
    given([...historyOf.GENERATING_TESTS, { ...lateTests, characterization: story.characterization }])
      .when(story.recordHeartbeatLost({ at: noon + 5 * minutes }))
      .thenState({ state: 'WAITING_INTERVENTION' })
  })

  it('is no matter in a detached job', () => {
    given([created({ attached: false }), ...refactoring.slice(1)])
      .when(story.recordHeartbeatLost())
      .thenRefuses(JobIsDetached)
  })
})

describe.each([
  ['HEARTBEAT_LOST', story.recordHeartbeatLost],
  ['BUDGET_REACHED', story.recordBudgetReached],
  ['PROVIDER_UNAVAILABLE', story.recordProviderUnavailable],
] as const)('%s', (reason, record) => {
  it.each(busy)('in %s asks a person, and the job can go on where it was', (state) => {
    given(historyOf[state]).when(record()).thenState({ state: 'WAITING_INTERVENTION', epoch: 0 })
    given(historyOf[state])
      .when(record())
      .then([
        {
          type: 'InterventionNeeded',
          at: record().at,
          cause: { factId: 'fact-1' },
          reason,
          resumeState: state,
          evidence: null,
          failing: [],
        },
      ])
  })

  it('in a deep fix does so too', () => {
    given(historyOf.DEEP_FIX)
      .when(record({ epoch: 1 }))
      .thenState({ state: 'WAITING_INTERVENTION' })
  })

  it('interrupts the drafting of a spec, but not the wait for its approval', () => {
    given(drafting).when(record()).thenState({ state: 'WAITING_INTERVENTION' })
    given(historyOf.WAITING_SPEC_APPROVAL).when(record()).thenRefuses(NotInState)
  })
})
