import { specification } from '@iama/testing'
import { describe, expect, it } from '@jest/globals'
import {
  AlreadyVerified,
  AttemptOutOfTurn,
  NothingToJudge,
  RouteNotAllowed,
  SourceNotExpected,
  VerdictOnAnotherPatch,
} from './attempts.ts'
import { jobDecider } from './decider.ts'
import { repairLimit, routeOfAttempt, type Tier } from './entitlements.ts'
import * as story from './job.fixtures.ts'
import { failed, failures, historyOf, passed, red, refactoringOn, repairing, stamps, tried } from './job.fixtures.ts'

const { given } = specification(jobDecider)
const { byFact } = stamps
const { REFACTORING: refactoring, SELF_HEALING: healing, DEEP_FIX: deepFix } = historyOf

describe('an attempt without a usable patch', () => {
  it('counts, is a failure by its code, and keeps what was red before as evidence', () => {
    given([...refactoring, ...failures('f-0')])
      .when(story.recordRefusedAttempt(1))
      .thenState({
        state: 'SELF_HEALING',
        attempt: 2,
        fingerprints: ['f-0', 'MALFORMED_OUTPUT'],
        candidate: { attempt: 0, source: 'ROUTE', route: 'L1', patch: story.patch, verdict: red },
      })
  })

  it('asks a person when it comes three times in a row', () => {
    const refused = (attempt: number) => [
      { type: 'AttemptRefused', ...byFact, attempt, route: 'L1', code: 'SAME_PATCH' } as const,
      repairing(attempt + 1),
    ]
    given([...refactoring, ...refused(0), ...refused(1)])
      .when(story.recordRefusedAttempt(2, { code: 'SAME_PATCH', factId: 'fact-2' }))
      .thenState({
        state: 'WAITING_INTERVENTION',
        waiting: { ...expectedWaiting('REPEATED_FAILURE'), evidence: null, failing: [] },
      })
  })

  it('is refused from a route that is not due, and when a patch of the user is', () => {
    given(refactoring)
      .when(story.recordRefusedAttempt(0, { route: 'L2' }))
      .thenRefuses(RouteNotAllowed)
    given(refactoring).when(story.recordRefusedAttempt(1)).thenRefuses(AttemptOutOfTurn, { expected: '0' })
  })
})

describe('an attempt', () => {
  it('is recorded with its patch and waits for a verdict', () => {
    given(refactoring)
      .when(story.recordAttempt(0))
      .then([{ ...tried(0), ...byFact }])
    given(refactoring)
      .when(story.recordAttempt(0))
      .thenState({
        state: 'REFACTORING',
        candidate: { attempt: 0, source: 'ROUTE', route: 'L1', patch: story.patch, verdict: null },
      })
  })

  it('may be made again as long as it is not judged, since a machine may be lost in between', () => {
    const patch = { ...story.patch, artifact: 'patch-2' }
    given([...refactoring, tried(0)])
      .when(story.recordAttempt(0, { patch }))
      .then([{ ...tried(0, { patch }), ...byFact }])
  })

  it('is refused out of turn', () => {
    given(refactoring).when(story.recordAttempt(1)).thenRefuses(AttemptOutOfTurn, { expected: '0' })
    given(healing).when(story.recordAttempt(0)).thenRefuses(AttemptOutOfTurn, { expected: '1' })
  })

  it('is refused once the last one is verified', () => {
    given([...refactoring, tried(0), passed])
      .when(story.recordAttempt(0))
      .thenRefuses(AlreadyVerified)
  })

  it('may be the green part of a red patch, without a model', () => {
    const greenPart = { source: 'GREEN_PART', route: null } as const
    given(healing)
      .when(story.recordAttempt(1, greenPart))
      .then([{ ...tried(1, greenPart), ...byFact }])
    given(refactoring).when(story.recordAttempt(0, greenPart)).thenRefuses(SourceNotExpected, { expected: 'ROUTE' })
  })

  it('is refused from a source that nobody asked for', () => {
    const own = { source: 'OWN_EDITS', route: null } as const
    given(healing).when(story.recordAttempt(1, own)).thenRefuses(SourceNotExpected, { expected: 'ROUTE GREEN_PART' })
    given(historyOf.DELIVERED)
      .when(story.recordAttempt(0, { source: 'SUBSET', route: null }))
      .thenRefuses(SourceNotExpected)
  })
})

describe('the route of an attempt', () => {
  it.each([
    [0, 'L1'],
    [1, 'L1'],
    [3, 'L1'],
    [4, 'L2'],
    [6, 'L2'],
  ] as const)('is, for attempt %i, %s', (attempt, route) => {
    expect(routeOfAttempt(attempt)).toBe(route)
  })

  it('is refused when it is another one', () => {
    given(refactoring)
      .when(story.recordAttempt(0, { route: 'L2' }))
      .thenRefuses(RouteNotAllowed, { expected: 'L1' })
    given(refactoring)
      .when(story.recordAttempt(0, { route: null }))
      .thenRefuses(RouteNotAllowed, { expected: 'L1' })
    given([...refactoring, ...failures('a', 'b', 'c', 'd')])
      .when(story.recordAttempt(4, { route: 'L1' }))
      .thenRefuses(RouteNotAllowed, { expected: 'L2' })
    given(healing)
      .when(story.recordAttempt(1, { source: 'GREEN_PART', route: 'L1' }))
      .thenRefuses(RouteNotAllowed, { expected: '' })
  })

  it('is L3 in a deep fix, and nowhere else', () => {
    given(deepFix)
      .when(story.recordAttempt(0, { route: 'L3', epoch: 1 }))
      .then([{ ...tried(0, { route: 'L3' }), ...byFact }])
    given(deepFix)
      .when(story.recordAttempt(0, { epoch: 1 }))
      .thenRefuses(RouteNotAllowed, { expected: 'L3' })
    given(healing)
      .when(story.recordAttempt(1, { route: 'L3' }))
      .thenRefuses(RouteNotAllowed, { expected: 'L1' })
  })
})

describe('a green verdict', () => {
  it('stands until the patch is delivered', () => {
    given([...refactoring, tried(0)])
      .when(story.recordGreen())
      .then([{ ...passed, ...byFact }])
    given([...refactoring, tried(0)])
      .when(story.recordGreen())
      .thenState({ state: 'REFACTORING' })
  })

  it('is refused without a patch to judge', () => {
    given(refactoring).when(story.recordGreen()).thenRefuses(NothingToJudge)
    given([...refactoring, tried(0), passed])
      .when(story.recordGreen({ factId: 'again' }))
      .thenRefuses(NothingToJudge)
    given(healing).when(story.recordGreen()).thenRefuses(NothingToJudge)
  })

  it('is refused on another patch than the one tried last', () => {
    given([...refactoring, tried(0)])
      .when(story.recordGreen({ patch: 'patch-0' }))
      .thenRefuses(VerdictOnAnotherPatch, { judged: 'patch-0', tried: 'patch-1' })
  })
})

describe('a red verdict', () => {
  it('orders the next repair', () => {
    given([...refactoring, tried(0)])
      .when(story.recordRed('f-0'))
      .then([
        { ...failed('f-0'), ...byFact },
        { ...repairing(1), ...byFact },
      ])
    given([...refactoring, tried(0)])
      .when(story.recordRed('f-0'))
      .thenState({ state: 'SELF_HEALING', attempt: 1, fingerprints: ['f-0'] })
  })

  it.each<[Tier, number]>([
    ['FREE', 3],
    ['PLUS', 6],
    ['PRO', 6],
    ['MAX', 6],
    ['ENTERPRISE', 6],
  ])('on the tier %s allows %i repairs and then asks a person', (tier, limit) => {
    expect(repairLimit(story.entitlements(tier))).toBe(limit)
    const different = Array.from({ length: limit }, (_, index) => `f-${index}`)
    const atLimit = [...refactoringOn(tier), ...failures(...different), tried(limit)]
    given([...atLimit.slice(0, -3), tried(limit - 1)])
      .when(story.recordRed('new'))
      .thenState({ state: 'SELF_HEALING', attempt: limit })
    given(atLimit)
      .when(story.recordRed('new'))
      .then([
        { ...failed('new'), ...byFact },
        {
          type: 'InterventionNeeded',
          ...byFact,
          reason: 'ATTEMPTS_EXHAUSTED',
          resumeState: 'SELF_HEALING',
          evidence: 'verdict-1',
          failing: ['test a'],
        },
      ])
  })

  it('asks a person when the same failure comes three times in a row', () => {
    given([...refactoring, ...failures('same'), tried(1)])
      .when(story.recordRed('same'))
      .thenState({ state: 'SELF_HEALING', attempt: 2 })
    given([...refactoring, ...failures('same', 'same'), tried(2)])
      .when(story.recordRed('same'))
      .thenState({ state: 'WAITING_INTERVENTION', waiting: expectedWaiting('REPEATED_FAILURE') })
  })

  it('does not count equal failures that are not in a row', () => {
    given([...refactoring, ...failures('same', 'same', 'other'), tried(3)])
      .when(story.recordRed('same'))
      .thenState({ state: 'SELF_HEALING', attempt: 4 })
  })

  it('in a deep fix asks a person, and the next deep fix has to be confirmed again', () => {
    given([...deepFix, tried(0, { route: 'L3' })])
      .when(story.recordRed('f', { epoch: 1 }))
      .thenState({ state: 'WAITING_INTERVENTION', waiting: expectedWaiting('ATTEMPTS_EXHAUSTED') })
  })

  it('is kept with its patch, as evidence for the repair', () => {
    given([...refactoring, tried(0)])
      .when(story.recordRed('f-0'))
      .thenState({ candidate: { attempt: 0, source: 'ROUTE', route: 'L1', patch: story.patch, verdict: red } })
  })
})

const expectedWaiting = (reason: 'REPEATED_FAILURE' | 'ATTEMPTS_EXHAUSTED') => ({
  reason,
  resumeState: 'SELF_HEALING' as const,
  since: story.noon,
  evidence: 'verdict-1',
  failing: ['test a'],
})
