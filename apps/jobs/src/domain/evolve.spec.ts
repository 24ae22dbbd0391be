import { fold } from '@iama/kernel'
import { specification } from '@iama/testing'
import { describe, expect, it } from '@jest/globals'
import { jobDecider } from './decider.ts'
import type { JobEvent } from './events.ts'
import * as story from './job.fixtures.ts'
import { failed, historyOf, noon, repairing, stamps, tried, waiting } from './job.fixtures.ts'
import type { Job } from './job.ts'

const { given } = specification(jobDecider)
const { byUser } = stamps

const jobAfter = (history: readonly JobEvent[]): Job => fold(jobDecider, history) as Job
const hinted: JobEvent = {
  type: 'JobResumed',
  ...byUser,
  to: 'SELF_HEALING',
  epoch: 1,
  instruction: { kind: 'HINT', hint: 'hint-1' },
  newRound: true,
}

describe('a new job', () => {
  it('knows what was asked, and nothing else', () => {
    expect(jobAfter(historyOf.PENDING)).toEqual({
      state: 'PENDING',
      id: 'job-1',
      tenantId: 'tenant-1',
      userId: story.user,
      order: expect.objectContaining({ goal: 'modernize' }),
      snapshot: 'snapshot-1',
      attached: true,
      autoSelect: false,
      sequence: 1,
      epoch: 0,
      factIds: [],
      createdAt: noon,
      lastSeenAt: noon,
      reservationId: null,
      entitlements: null,
      analysis: null,
      proposals: [],
      selectedProposalId: null,
      spec: [],
      approvedRevision: null,
      conversation: [],
      clarifying: false,
      characterization: null,
      baseline: null,
      attempt: 0,
      fingerprints: [],
      candidate: null,
      instruction: null,
      deepFixLimit: null,
      waiting: null,
      delivery: null,
      firstDeliveredAt: null,
      subset: null,
      acceptance: null,
      ledgerEntryId: null,
      reversal: null,
      endedBecause: null,
    })
  })
})

describe('a fact', () => {
  it('that caused two events is known once', () => {
    const bySame = { at: noon, cause: { factId: 'verdict' } }
    const history = [
      ...historyOf.REFACTORING,
      tried(0),
      { ...failed('f'), ...bySame },
      { ...repairing(1), ...bySame },
    ] as JobEvent[]
    expect(jobAfter(history).factIds.filter((factId) => factId === 'verdict')).toEqual(['verdict'])
  })

  it('is forgotten with its epoch, when it is stale anyway', () => {
    expect(jobAfter(historyOf.WAITING_INTERVENTION).factIds).not.toEqual([])
    expect(jobAfter(historyOf.DEEP_FIX).factIds).toEqual([])
  })
})

describe('a person’s instruction', () => {
  const healing = [...historyOf.WAITING_INTERVENTION, hinted]

  it('holds for the round', () => {
    given(healing).thenState({ instruction: { kind: 'HINT', hint: 'hint-1' } })
  })

  it('survives an interruption, and a retry that says nothing new', () => {
    const interrupted = [...healing, waiting('PROVIDER_UNAVAILABLE', 'SELF_HEALING')]
    given(interrupted)
      .when(story.intervene())
      .thenState({ state: 'SELF_HEALING', instruction: { kind: 'HINT', hint: 'hint-1' } })
    given(interrupted)
      .when(story.intervene({ kind: 'RETRY', hint: 'hint-2' }))
      .thenState({ instruction: { kind: 'HINT', hint: 'hint-2' } })
  })

  it('is gone in the next round, in a deep fix, with a new spec, after delivery and at the end', () => {
    const exhausted = [...healing, tried(1), failed('f'), waiting('ATTEMPTS_EXHAUSTED', 'SELF_HEALING')]
    given(exhausted).when(story.intervene()).thenState({ state: 'SELF_HEALING', instruction: null })
    given([...exhausted, story.deepFixConfirmed]).thenState({ state: 'DEEP_FIX', instruction: null, waiting: null })
    given(healing).when(story.updateSpec()).thenState({ state: 'WAITING_SPEC_APPROVAL', instruction: null })
    given([...healing, tried(1), story.passed, story.delivered]).thenState({ state: 'DELIVERED', instruction: null })
    given(healing).when(story.cancel()).thenState({ state: 'CANCELLED', instruction: null })
  })

  it('to pay for a deep fix ends with the spec that it was given for', () => {
    const deliveredByDeepFix = [...historyOf.DEEP_FIX, tried(0, { route: 'L3' }), story.passed, story.delivered]
    given(deliveredByDeepFix).thenState({ deepFixLimit: story.euros(5) })
    given(deliveredByDeepFix).when(story.updateSpec()).thenState({ deepFixLimit: null })
  })
})
