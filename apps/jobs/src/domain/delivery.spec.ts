import { specification } from '@iama/testing'
import { describe, it } from '@jest/globals'
import { jobDecider } from './decider.ts'
import { NotVerified } from './delivery.ts'
import * as story from './job.fixtures.ts'
import { delivered, delivery, historyOf, noon, passed, revised, stamps, tried } from './job.fixtures.ts'

const { given } = specification(jobDecider)
const { byFact } = stamps
const { REFACTORING: refactoring } = historyOf

describe('a delivery', () => {
  it('follows a green verdict', () => {
    given([...refactoring, tried(0), passed])
      .when(story.recordDelivery())
      .then([{ ...delivered, ...byFact }])
    given([...refactoring, tried(0), passed])
      .when(story.recordDelivery())
      .thenState({ state: 'DELIVERED', delivery, candidate: null, firstDeliveredAt: noon })
  })

  it('can come from healing and from a deep fix as well', () => {
    given([...historyOf.SELF_HEALING, tried(1), passed])
      .when(story.recordDelivery())
      .thenState({ state: 'DELIVERED' })
    given([...historyOf.DEEP_FIX, tried(0, { route: 'L3' }), passed])
      .when(story.recordDelivery({ epoch: 1 }))
      .thenState({ state: 'DELIVERED' })
  })

  it('is refused without a green verdict', () => {
    given(refactoring).when(story.recordDelivery()).thenRefuses(NotVerified)
    given([...refactoring, tried(0)])
      .when(story.recordDelivery())
      .thenRefuses(NotVerified)
    given(historyOf.SELF_HEALING).when(story.recordDelivery()).thenRefuses(NotVerified)
    given(historyOf.DELIVERED).when(story.recordDelivery()).thenRefuses(NotVerified)
  })

  it('consumes the allowance once, at the first time', () => {
    const later = noon + 60_000
    const again = [
      ...historyOf.DELIVERED,
      revised(2, 1),
      { ...story.approved, revision: 2 },
      story.pinned,
      story.confirmed,
      tried(0),
      passed,
    ]
    given(again)
      .when(story.recordDelivery({ epoch: 1, at: later }))
      .thenState({ state: 'DELIVERED', delivery: { ...delivery, at: later }, firstDeliveredAt: noon })
  })
})
