import { DomainError, type Decider } from '@iama/kernel'
import { describe, expect, it } from '@jest/globals'
import { specification } from './given.ts'

class TooMany extends DomainError {
  readonly code = 'TOO_MANY'

  constructor(limit: number) {
    super(`at most ${limit}`, { limit: String(limit) })
  }
}

class NeverRaised extends DomainError {
  readonly code = 'NEVER_RAISED'
}

/** Counts up to two; adding nothing is fine and changes nothing. */
const counter: Decider<number, { added: number }, { count: number }> = {
  initial: { count: 0 },
  decide: (amount, { count }) => {
    if (count + amount > 2) throw new TooMany(2)
    return amount === 0 ? [] : [{ added: amount }]
  },
  evolve: ({ count }, { added }) => ({ count: count + added }),
}

const { given } = specification(counter)
const one = { added: 1 }

describe('a sentence that is true', () => {
  it('passes', () => {
    given([]).when(1).then([one])
    given([one]).when(0).thenNothing()
    given([one]).when(2).thenRefuses(TooMany, { limit: '2' })
    given([one]).when(1).thenState({ count: 2 })
    given([one, one]).thenState({ count: 2 })
  })
})

describe('a sentence that is false', () => {
  it.each([
    ['other events', () => given([]).when(1).then([])],
    ['events where nothing should happen', () => given([]).when(1).thenNothing()],
    ['a refusal that does not come', () => given([]).when(1).thenRefuses(TooMany)],
    ['another refusal than the one that comes', () => given([one]).when(2).thenRefuses(NeverRaised)],
    ['other facts in the refusal', () => given([one]).when(2).thenRefuses(TooMany, { limit: '3' })],
    ['another state', () => given([one]).when(1).thenState({ count: 3 })],
    ['another state to begin with', () => given([one]).thenState({ count: 2 })],
    [
      'events where a refusal comes',
      () =>
        given([one])
          .when(2)
          .then([{ added: 2 }]),
    ],
  ])('fails: %s', (_, sentence) => {
    expect(sentence).toThrow()
  })
})
