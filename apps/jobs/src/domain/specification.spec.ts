import { fold } from '@iama/kernel'
import { specification } from '@iama/testing'
import { describe, expect, it } from '@jest/globals'
import { AcceptanceUnderWay } from './acceptance.ts'
import { jobDecider } from './decider.ts'
import { StaleEpoch } from './guards.ts'
import * as story from './job.fixtures.ts'
import { draft, drafted, drafting, failures, historyOf, revised, stamps } from './job.fixtures.ts'
import {
  ClarificationPending,
  NothingToClarify,
  RevisionConflict,
  SpecAlreadyDrafted,
  SpecNotDrafted,
} from './specification.ts'

const { given } = specification(jobDecider)
const { byUser, byFact } = stamps

describe('drafting the spec', () => {
  it('makes revision 1', () => {
    given(drafting)
      .when(story.recordSpec())
      .then([{ ...drafted, ...byFact }])
  })

  it('approves it at once when the user does not want to be asked', () => {
    const history = [story.created({ autoSelect: true }), ...drafting.slice(1)]
    given(history)
      .when(story.recordSpec())
      .then([
        { ...drafted, ...byFact },
        { type: 'SpecApproved', ...byFact, revision: 1 },
      ])
  })

  it('happens once: later versions are a person’s', () => {
    given(historyOf.WAITING_SPEC_APPROVAL).when(story.recordSpec()).thenRefuses(SpecAlreadyDrafted)
  })

  it('can be waited for, but neither edited nor approved before', () => {
    given(drafting).when(story.updateSpec()).thenRefuses(SpecNotDrafted)
    given(drafting).when(story.approve()).thenRefuses(SpecNotDrafted)
  })
})

describe('the conversation about the spec', () => {
  const waiting = historyOf.WAITING_SPEC_APPROVAL
  const asked = { type: 'ClarificationAsked', ...byUser, turn: 'turn-1' } as const

  it('goes turn by turn, and is kept', () => {
    given(waiting).when(story.askClarifier()).then([asked])
    given([...waiting, asked])
      .when(story.recordClarification())
      .thenState({ conversation: ['turn-1', 'turn-2'], clarifying: false, spec: [draft] })
    given([...waiting, asked])
      .when(story.askClarifier())
      .thenRefuses(ClarificationPending)
  })

  it('makes the next version where the clarifier changes the spec, without making anything stale', () => {
    given([...waiting, asked])
      .when(story.recordClarification({ draft: { token: 'token-2', content: 'spec-2' } }))
      .thenState({ epoch: 0, spec: [draft, { ...draft, revision: 2, token: 'token-2', content: 'spec-2' }] })
  })

  it('keeps the spec from being approved while its text may change', () => {
    given([...waiting, asked])
      .when(story.approve())
      .thenRefuses(ClarificationPending)
  })

  it('ends with an edit by hand: what the clarifier still says is stale', () => {
    given([...waiting, asked, revised(2, 1)])
      .when(story.recordClarification())
      .thenRefuses(StaleEpoch)
    given([...waiting, asked, revised(2, 1)]).thenState({ clarifying: false, conversation: ['turn-1'] })
  })

  it('needs a spec to talk about, and a question to answer', () => {
    given(drafting).when(story.askClarifier()).thenRefuses(SpecNotDrafted)
    given(waiting).when(story.recordClarification()).thenRefuses(NothingToClarify)
  })
})

describe('approving the spec', () => {
  it('approves the revision that was read', () => {
    given(historyOf.WAITING_SPEC_APPROVAL)
      .when(story.approve())
      .then([{ type: 'SpecApproved', ...byUser, revision: 1 }])
  })

  it('is refused when somebody edited it since', () => {
    given([...historyOf.WAITING_SPEC_APPROVAL, revised(2, 1)])
      .when(story.approve('token-1'))
      .thenRefuses(RevisionConflict, { revision: '2', token: 'token-2' })
  })
})

describe('editing the spec', () => {
  it('makes the next revision and a new epoch', () => {
    given(historyOf.WAITING_SPEC_APPROVAL)
      .when(story.updateSpec())
      .then([revised(2, 1)])
    given(historyOf.WAITING_SPEC_APPROVAL)
      .when(story.updateSpec())
      .thenState({
        state: 'WAITING_SPEC_APPROVAL',
        epoch: 1,
        spec: [draft, { ...draft, revision: 2, token: 'token-2', content: 'spec-2' }],
      })
  })

  it('is refused with a stale token', () => {
    given([...historyOf.WAITING_SPEC_APPROVAL, revised(2, 1)])
      .when(story.updateSpec('token-1'))
      .thenRefuses(RevisionConflict, { token: 'token-2' })
  })

  it('while healing asks for approval again and forgets attempts and fingerprints, all in one event', () => {
    const history = [...historyOf.REFACTORING, ...failures('f-1', 'f-2')]
    given(history).thenState({ state: 'SELF_HEALING', attempt: 2, fingerprints: ['f-1', 'f-2'] })
    expect(jobDecider.decide(story.updateSpec(), fold(jobDecider, history))).toHaveLength(1)
    given(history).when(story.updateSpec()).thenState({
      state: 'WAITING_SPEC_APPROVAL',
      attempt: 0,
      fingerprints: [],
      candidate: null,
      approvedRevision: null,
      characterization: null,
      epoch: 1,
    })
  })

  it('makes the facts of the work in flight stale', () => {
    const history = [...historyOf.REFACTORING, revised(2, 1)]
    given(history).when(story.recordAttempt()).thenRefuses(StaleEpoch)
  })

  it('after delivery takes the delivery back, but not that the allowance is consumed', () => {
    given(historyOf.DELIVERED)
      .when(story.updateSpec())
      .thenState({ state: 'WAITING_SPEC_APPROVAL', delivery: null, firstDeliveredAt: story.noon })
  })

  it('comes too late once the job is accepted and being settled', () => {
    given([...historyOf.DELIVERED, story.acceptanceAsked])
      .when(story.updateSpec())
      .thenRefuses(AcceptanceUnderWay)
  })
})
