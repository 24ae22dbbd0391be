import { specification } from '@iama/testing'
import { describe, it } from '@jest/globals'
import { jobDecider } from './decider.ts'
import * as story from './job.fixtures.ts'
import { created, historyOf, offered, proposals, reserved, selected, stamps, started } from './job.fixtures.ts'
import { ProposalNotOffered } from './strategy.ts'

const { given } = specification(jobDecider)
const { byUser, byFact } = stamps

describe('starting', () => {
  it('only reserves quota', () => {
    given(historyOf.PENDING).when(story.start()).then([started])
    given(historyOf.PENDING).when(story.start()).thenState({ state: 'QUOTA_RESERVING', reservationId: null })
  })

  it('goes on to the analysis with a snapshot of what the tier allows', () => {
    given(historyOf.QUOTA_RESERVING)
      .when(story.recordReservation('FREE'))
      .then([{ ...reserved('FREE'), ...byFact }])
    given(historyOf.QUOTA_RESERVING)
      .when(story.recordReservation('FREE'))
      .thenState({ state: 'ANALYZING', entitlements: story.entitlements('FREE') })
  })

  it('fails when the quota is exhausted', () => {
    given(historyOf.QUOTA_RESERVING)
      .when(story.recordReservation(null))
      .then([{ type: 'JobFailed', ...byFact, code: 'QUOTA_EXHAUSTED' }])
  })
})

describe('the analysis', () => {
  it('offers proposals', () => {
    given(historyOf.ANALYZING)
      .when(story.recordAnalysis())
      .then([{ ...offered, ...byFact }])
    given(historyOf.ANALYZING)
      .when(story.recordAnalysis())
      .thenState({ state: 'WAITING_STRATEGY', proposals, selectedProposalId: null })
  })

  it('takes the best proposal at once when the user does not want to be asked', () => {
    given([created({ autoSelect: true }), started, reserved()])
      .when(story.recordAnalysis())
      .then([
        { ...offered, ...byFact },
        { ...selected, ...byFact },
      ])
  })

  it('ends the job when there is nothing to do', () => {
    given(historyOf.ANALYZING)
      .when(story.recordAnalysis({ kind: 'NOTHING_TO_DO' }))
      .then([{ type: 'JobCancelled', ...byFact, reason: 'NOTHING_TO_DO', epoch: 1 }])
  })

  it('asks a person when the tests are red, and shows the first failures', () => {
    const failing = Array.from({ length: 30 }, (_, index) => `test ${index}`)
    given(historyOf.ANALYZING)
      .when(story.recordAnalysis({ kind: 'BASELINE_RED', baseline: story.testRun(failing) }))
      .then([
        {
          type: 'InterventionNeeded',
          ...byFact,
          reason: 'BASELINE_RED',
          resumeState: 'ANALYZING',
          evidence: 'report-1',
          failing: failing.slice(0, 20),
        },
      ])
  })
})

describe('selecting a proposal', () => {
  it('goes on to its spec, which is yet to be drafted', () => {
    given(historyOf.WAITING_STRATEGY)
      .when(story.select('p-2'))
      .then([{ type: 'ProposalSelected', ...byUser, proposalId: 'p-2' }])
    given(historyOf.WAITING_STRATEGY)
      .when(story.select('p-2'))
      .thenState({ state: 'WAITING_SPEC_APPROVAL', selectedProposalId: 'p-2', spec: [] })
  })

  it('is refused for a proposal that was not offered', () => {
    given(historyOf.WAITING_STRATEGY).when(story.select('p-9')).thenRefuses(ProposalNotOffered, { offered: 'p-1 p-2' })
  })
})
