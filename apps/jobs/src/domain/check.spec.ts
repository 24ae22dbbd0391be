import { specification } from '@iama/testing'
import { describe, it } from '@jest/globals'
import { SourceNotExpected } from './attempts.ts'
import { jobDecider } from './decider.ts'
import { NotInState } from './guards.ts'
import * as story from './job.fixtures.ts'
import {
  analyzed,
  checkCreated,
  checked,
  checkTried,
  green,
  historyOf,
  pinned,
  red,
  reserved,
  started,
  stamps,
} from './job.fixtures.ts'
import { AnalysisOfAnotherKind } from './strategy.ts'

const { given } = specification(jobDecider)
const { byFact } = stamps
const analyzing = [checkCreated, started, reserved()]
const validating = [...analyzing, analyzed, pinned]
const analysis = { kind: 'ANALYZED', analysis: 'analysis-1', baseline: story.testRun() } as const
const own = { source: 'OWN_EDITS', route: null } as const

describe('a check', () => {
  it('goes from the analysis to the recording of behaviour: nothing is proposed or specified', () => {
    given(analyzing)
      .when(story.recordAnalysis(analysis))
      .then([{ ...analyzed, ...byFact }])
    given(analyzing)
      .when(story.recordAnalysis(analysis))
      .thenState({ state: 'GENERATING_TESTS', proposals: [], spec: [] })
    given(analyzing).when(story.recordAnalysis()).thenRefuses(AnalysisOfAnotherKind)
    given(analyzing)
      .when(story.recordAnalysis({ kind: 'NOTHING_TO_DO' }))
      .thenRefuses(AnalysisOfAnotherKind)
    given(historyOf.ANALYZING).when(story.recordAnalysis(analysis)).thenRefuses(AnalysisOfAnotherKind)
  })

  it('judges the patch that it was given and no other', () => {
    given(validating).when(story.recordBaseline()).thenState({ state: 'CHECKING' })
    given(historyOf.CHECKING)
      .when(story.recordAttempt(0, own))
      .then([{ ...checkTried, ...byFact }])
    given(historyOf.CHECKING).when(story.recordAttempt()).thenRefuses(SourceNotExpected)
    given(historyOf.CHECKING).when(story.recordRefusedAttempt()).thenRefuses(NotInState)
  })

  it('ends with the verdict, green or red: nothing is repaired or delivered', () => {
    const tried = [...historyOf.CHECKING, checkTried]
    given(tried)
      .when(story.recordGreen())
      .then([{ ...checked(green), ...byFact }])
    given(tried)
      .when(story.recordRed('f-1'))
      .then([{ ...checked(red), ...byFact, failing: ['test a'] } as typeof analyzed])
    given(tried)
      .when(story.recordRed('f-1'))
      .thenState({ state: 'CHECKED', attempt: 0, fingerprints: [], delivery: null, firstDeliveredAt: null })
    given(tried).when(story.recordDelivery()).thenRefuses(NotInState)
  })

  it('fails where a refactoring would wait for a person', () => {
    const ends = { state: 'FAILED', waiting: null } as const
    given(analyzing)
      .when(story.recordAnalysis({ kind: 'BASELINE_RED', baseline: story.testRun(['test a']) }))
      .thenState({ ...ends, endedBecause: 'BASELINE_RED' })
    given(validating)
      .when(story.recordBaseline(['test a']))
      .thenState({ ...ends, endedBecause: 'BASELINE_RED' })
    given([...historyOf.CHECKING, checkTried])
      .when(story.recordFailure('PATCH_CONFLICT'))
      .thenState({ ...ends, endedBecause: 'PATCH_CONFLICT' })
    given(historyOf.CHECKING)
      .when(story.recordProviderUnavailable())
      .thenState({ ...ends, endedBecause: 'PROVIDER_UNAVAILABLE' })
  })

  it('can be stopped until it has its verdict', () => {
    given(historyOf.CHECKING).when(story.cancel()).thenState({ state: 'CANCELLED', epoch: 1 })
  })
})
