import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DEFAULT_LIMITS, tighten, type SandboxLimits } from './limits.ts'

const keys = Object.keys(DEFAULT_LIMITS) as (keyof SandboxLimits)[]

describe('limits', () => {
  it('are only ever tightened', () => {
    const wish = fc.record(Object.fromEntries(keys.map((key) => [key, fc.integer({ min: -5, max: 2 ** 31 })])), {
      requiredKeys: [],
    })
    fc.assert(
      fc.property(wish, (wished) => {
        const result = tighten(DEFAULT_LIMITS, wished)
        return keys.every((key) => result[key] > 0 && result[key] <= DEFAULT_LIMITS[key])
      }),
    )
  })

  it('stay as they are without a wish', () => {
    expect(tighten(DEFAULT_LIMITS)).toEqual(DEFAULT_LIMITS)
    expect(tighten(DEFAULT_LIMITS, { wallClockMs: 10 })).toEqual({ ...DEFAULT_LIMITS, wallClockMs: 10 })
  })
})
