import { specification } from '@iama/testing'
import { describe, it } from '@jest/globals'
import { SourceNotExpected } from './attempts.ts'
import type { Intervention } from './commands.ts'
import { jobDecider } from './decider.ts'
import type { JobEvent } from './events.ts'
import { ConfirmationMissing, EscalationNotAllowed, InterventionNotPossible } from './intervention.ts'
import * as story from './job.fixtures.ts'
import {
  drafting,
  euros,
  failed,
  failures,
  historyOf,
  passed,
  revised,
  stamps,
  tried,
  waiting,
} from './job.fixtures.ts'
import type { InterventionReason, ResumeState } from './job.ts'
import { RevisionConflict, SpecNotDrafted } from './specification.ts'

const { given } = specification(jobDecider)
const { byUser } = stamps
const { intervene } = story

const retry = intervene({ kind: 'RETRY', hint: null })
const ownEdits: Intervention = { kind: 'OWN_EDITS', patch: 'mine' }
const greenPart: Intervention = { kind: 'GREEN_PART' }
const deepFix: Intervention = { kind: 'DEEP_FIX', confirmedLimit: euros(5) }
const exhausted = historyOf.WAITING_INTERVENTION
const interrupted = (state: ResumeState, history: readonly JobEvent[] = historyOf[state]) => [
  ...history,
  waiting('PROVIDER_UNAVAILABLE', state),
]
const redBaseline = [...historyOf.BASELINE_VALIDATION, waiting('BASELINE_RED', 'BASELINE_VALIDATION')]

const going = (to: ResumeState) => ({ to, epoch: 1, instruction: null, newRound: false })
const attemptsExhausted = ['ATTEMPTS_EXHAUSTED', 'SELF_HEALING'] as const

describe('retrying', () => {
  it.each<ResumeState>(['ANALYZING', 'GENERATING_TESTS', 'BASELINE_VALIDATION', 'REFACTORING', 'SELF_HEALING'])(
    'goes on in %s, in a new epoch',
    (state) => {
      given(interrupted(state)).when(retry).thenState({ state, epoch: 1, waiting: null })
    },
  )

  it('goes on drafting a spec that was not there yet', () => {
    given(interrupted('WAITING_SPEC_APPROVAL', drafting))
      .when(retry)
      .thenState({ state: 'WAITING_SPEC_APPROVAL', spec: [], epoch: 1 })
  })

  it('goes on with a deep fix whose price was confirmed', () => {
    given(interrupted('DEEP_FIX'))
      .when(retry)
      .thenState({ state: 'DEEP_FIX', deepFixLimit: euros(5), epoch: 2 })
  })

  it('after an interruption keeps the count of attempts', () => {
    const history = [...historyOf.REFACTORING, ...failures('a', 'b')]
    given(interrupted('SELF_HEALING', history))
      .when(retry)
      .thenState({ state: 'SELF_HEALING', attempt: 2, fingerprints: ['a', 'b'] })
  })

  it('after an interruption keeps a green verdict that only has to be delivered', () => {
    const history = interrupted('REFACTORING', [...historyOf.REFACTORING, tried(0), passed])
    given([...history, { type: 'JobResumed', ...byUser, ...going('REFACTORING') }])
      .when(story.recordDelivery({ epoch: 1 }))
      .thenState({ state: 'DELIVERED' })
  })

  it.each<InterventionReason>(['ATTEMPTS_EXHAUSTED', 'REPEATED_FAILURE'])('after %s begins a new round', (reason) => {
    const history = [...historyOf.REFACTORING, ...failures('a', 'b', 'c'), tried(3), failed('d')]
    given([...history, waiting(reason, 'SELF_HEALING')])
      .when(retry)
      .thenState({ state: 'SELF_HEALING', attempt: 1, fingerprints: [] })
  })

  it('passes the hint on to every attempt of the round', () => {
    const hint = { kind: 'HINT', hint: 'hint-1' } as const
    given(exhausted)
      .when(intervene({ kind: 'RETRY', hint: 'hint-1' }))
      .then([{ type: 'JobResumed', ...byUser, ...going('SELF_HEALING'), instruction: hint, newRound: true }])
    given([
      ...exhausted,
      { type: 'JobResumed', ...byUser, ...going('SELF_HEALING'), instruction: hint },
      tried(1),
    ]).thenState({ instruction: hint })
  })
})

describe('editing the spec', () => {
  it('is the same as UpdateSpec', () => {
    given(exhausted)
      .when(intervene({ kind: 'EDIT_SPEC', ...story.edit() }))
      .then([revised(2, 1)])
    given(exhausted)
      .when(intervene({ kind: 'EDIT_SPEC', ...story.edit() }))
      .thenState({ state: 'WAITING_SPEC_APPROVAL', waiting: null, attempt: 0, fingerprints: [] })
    given(exhausted)
      .when(story.updateSpec())
      .then([revised(2, 1)])
  })

  it('needs the present token, and a spec', () => {
    given(exhausted)
      .when(intervene({ kind: 'EDIT_SPEC', ...story.edit('token-0') }))
      .thenRefuses(RevisionConflict)
    given(interrupted('ANALYZING'))
      .when(intervene({ kind: 'EDIT_SPEC', ...story.edit() }))
      .thenRefuses(SpecNotDrafted)
  })
})

describe('own edits', () => {
  const resumed = { type: 'JobResumed', ...byUser, ...going('SELF_HEALING'), newRound: true } as const

  it('are verified next, as the first attempt of a new round', () => {
    given(exhausted)
      .when(intervene(ownEdits))
      .then([{ ...resumed, instruction: { kind: 'OWN_EDITS', patch: 'mine' } }])
    given([...exhausted, { ...resumed, instruction: { kind: 'OWN_EDITS', patch: 'mine' } }])
      .when(story.recordAttempt(1, { source: 'OWN_EDITS', route: null, epoch: 1 }))
      .thenState({ state: 'SELF_HEALING', instruction: null })
  })

  it('come before anything a model writes', () => {
    given([...exhausted, { ...resumed, instruction: { kind: 'OWN_EDITS', patch: 'mine' } }])
      .when(story.recordAttempt(1, { epoch: 1 }))
      .thenRefuses(SourceNotExpected, { expected: 'OWN_EDITS' })
  })

  it('can take the place of attempt 0, and need no L3 after a deep fix', () => {
    given(interrupted('REFACTORING')).when(intervene(ownEdits)).thenState({ state: 'REFACTORING', attempt: 0 })
    given(interrupted('DEEP_FIX')).when(intervene(ownEdits)).thenState({ state: 'SELF_HEALING', attempt: 1 })
  })

  it('are no way to change code whose baseline is red', () => {
    given(redBaseline)
      .when(intervene(ownEdits))
      .thenRefuses(InterventionNotPossible, { intervention: 'OWN_EDITS', reason: 'BASELINE_RED' })
  })
})

describe('the green part', () => {
  it('of the last red patch is verified next', () => {
    given(exhausted)
      .when(intervene(greenPart))
      .thenState({ state: 'SELF_HEALING', attempt: 1, instruction: { kind: 'GREEN_PART' }, epoch: 1 })
  })

  it('cannot be taken of nothing, nor of a patch without a verdict', () => {
    given(interrupted('REFACTORING')).when(intervene(greenPart)).thenRefuses(InterventionNotPossible)
    given(interrupted('REFACTORING', [...historyOf.REFACTORING, tried(0)]))
      .when(intervene(greenPart))
      .thenRefuses(InterventionNotPossible)
    given(redBaseline).when(intervene(greenPart)).thenRefuses(InterventionNotPossible)
  })

  it('cannot be taken of a patch that has none', () => {
    const verdict = { green: false, hasGreenPart: false, artifact: 'verdict-1' }
    const allRed = { ...failed('f'), verdict } as JobEvent
    given([...historyOf.REFACTORING, tried(0), allRed, waiting('REPEATED_FAILURE', 'SELF_HEALING')])
      .when(intervene(greenPart))
      .thenRefuses(InterventionNotPossible, { reason: 'REPEATED_FAILURE' })
  })
})

describe('a deep fix', () => {
  it('runs on Max and Enterprise, up to the price that was confirmed', () => {
    given(exhausted).when(intervene(deepFix)).then([story.deepFixConfirmed])
    given(exhausted)
      .when(intervene(deepFix))
      .thenState({ state: 'DEEP_FIX', attempt: 0, fingerprints: [], deepFixLimit: euros(5), epoch: 1 })
  })

  it.each(['FREE', 'PLUS', 'PRO'] as const)('is not for the tier %s', (tier) => {
    given([...story.refactoringOn(tier), ...failures('a'), tried(1), failed('b'), waiting(...attemptsExhausted)])
      .when(intervene(deepFix))
      .thenRefuses(EscalationNotAllowed, { tier })
  })

  it('does not run without a confirmed price', () => {
    given(exhausted)
      .when(intervene({ kind: 'DEEP_FIX', confirmedLimit: null }))
      .thenRefuses(ConfirmationMissing)
    given(exhausted)
      .when(intervene({ kind: 'DEEP_FIX', confirmedLimit: euros(0) }))
      .thenRefuses(ConfirmationMissing)
  })

  it('cannot mend what was red before', () => {
    given(redBaseline).when(intervene(deepFix)).thenRefuses(InterventionNotPossible)
  })
})

describe('cancelling instead', () => {
  it('ends the job', () => {
    given(exhausted)
      .when(intervene({ kind: 'CANCEL' }))
      .then([story.stopped])
  })
})
