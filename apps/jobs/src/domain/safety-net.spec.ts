import { specification } from '@iama/testing'
import { describe, it } from '@jest/globals'
import { jobDecider } from './decider.ts'
import * as story from './job.fixtures.ts'
import { confirmed, historyOf, pinned, stamps } from './job.fixtures.ts'

const { given } = specification(jobDecider)
const { byFact } = stamps

describe('before anything changes', () => {
  it('today’s behaviour is pinned', () => {
    given(historyOf.GENERATING_TESTS)
      .when(story.recordTests())
      .then([{ ...pinned, ...byFact }])
    given(historyOf.GENERATING_TESTS)
      .when(story.recordTests())
      .thenState({ state: 'BASELINE_VALIDATION', characterization: story.characterization })
  })

  it('a green baseline lets the refactoring begin with attempt 0', () => {
    given(historyOf.BASELINE_VALIDATION)
      .when(story.recordBaseline())
      .then([{ ...confirmed, ...byFact }])
    given(historyOf.BASELINE_VALIDATION)
      .when(story.recordBaseline())
      .thenState({ state: 'REFACTORING', attempt: 0, fingerprints: [], candidate: null })
  })

  it('a red baseline asks a person, with the failing tests', () => {
    given(historyOf.BASELINE_VALIDATION)
      .when(story.recordBaseline(['test a', 'test b']))
      .thenState({
        state: 'WAITING_INTERVENTION',
        waiting: {
          reason: 'BASELINE_RED',
          resumeState: 'BASELINE_VALIDATION',
          since: story.noon,
          evidence: 'report-1',
          failing: ['test a', 'test b'],
        },
      })
  })
})
