import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { addTokens, costMicros, highestCostMicros, noTokens } from './price.ts'

const price = { input: 2.5, cachedInput: 1.25, output: 10 }
const tokens = (inputTokens: number, outputTokens: number, cachedTokens = 0) => ({
  ...noTokens,
  inputTokens,
  outputTokens,
  cachedTokens,
})

describe('the cost of a call', () => {
  it('is dollars per million tokens, in micro-dollars', () => {
    expect(costMicros(price, tokens(1_000_000, 0))).toBe(2_500_000)
    expect(costMicros(price, tokens(1_000, 100))).toBe(3_500)
  })

  it('is less for cached input', () => {
    expect(costMicros(price, tokens(1_000, 0, 400))).toBe(600 * 2.5 + 400 * 1.25)
  })

  it('is rounded up, but not by an error of binary fractions', () => {
    expect(costMicros({ input: 0.15, cachedInput: 0, output: 0 }, tokens(1, 0))).toBe(1)
    expect(costMicros({ input: 0.1, cachedInput: 0, output: 0.2 }, tokens(3, 1))).toBe(1)
    expect(costMicros({ input: 0.1, cachedInput: 0, output: 0 }, tokens(30, 0))).toBe(3)
  })

  it('is nothing for a model without a price', () => {
    expect(costMicros({ input: 0, cachedInput: 0, output: 0 }, tokens(5_000, 5_000))).toBe(0)
  })

  it('is never more than the highest, whatever was cached or answered within the cap', () => {
    const count = fc.nat({ max: 1_000_000 })
    const rate = fc.double({ min: 0, max: 100, noNaN: true })
    fc.assert(
      fc.property(count, count, count, rate, rate, rate, (input, cap, cached, a, b, c) => {
        const rates = { input: a, cachedInput: b, output: c }
        expect(costMicros(rates, tokens(input, Math.floor(cap / 2), cached))).toBeLessThanOrEqual(
          highestCostMicros(rates, input, cap),
        )
      }),
    )
  })

  it('is of all calls together', () => {
    const one = { inputTokens: 1, cachedTokens: 2, outputTokens: 3, reasoningTokens: 4 }
    expect(addTokens(one, one)).toEqual({ inputTokens: 2, cachedTokens: 4, outputTokens: 6, reasoningTokens: 8 })
  })
})
