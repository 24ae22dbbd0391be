import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { costRange, money, parseUsd } from './money.ts'

describe('money', () => {
  it.each([
    [0n, '0.00 USD'],
    [10n, '<0.0001 USD'],
    [1_200n, '0.0012 USD'],
    [9_999n, '0.0100 USD'],
    [10_000n, '0.01 USD'],
    [1_234_567n, '1.23 USD'],
  ])('%d micro-units are %s', (micros, expected) => expect(money(micros, 'USD')).toBe(expected))

  it('is read as a person writes it', () => {
    expect(parseUsd('0.5')).toBe(500_000n)
    expect(parseUsd(' $2 ')).toBe(2_000_000n)
    expect(parseUsd('0.000001')).toBe(1n)
  })

  it.each(['', '0', '0.0', '-1', '1,50', '1.', '.5', '1e3', '0.0000001', '12345678', 'ten', '1 2', '$'])(
    'is not %j',
    (text) => expect(parseUsd(text)).toBeUndefined(),
  )

  it('is read to the last micro-unit', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 9_999_999_999_999n), (micros) => {
        const text = `${micros / 1_000_000n}.${String(micros % 1_000_000n).padStart(6, '0')}`
        expect(parseUsd(text)).toBe(micros)
      }),
    )
  })
})

describe('what the rest of a job may cost', () => {
  const priced = { engine: 'model', currency: 'USD', estimatedCostMicros: 20_000n, mostCostMicros: 310_000n }
  it('is a range, one amount, or nothing', () => {
    expect(costRange(priced)).toBe('about 0.02 USD, at most 0.31 USD')
    expect(costRange({ ...priced, mostCostMicros: 20_000n })).toBe('about 0.02 USD')
    expect(costRange({ ...priced, engine: 'codemod', estimatedCostMicros: 0n, mostCostMicros: 0n })).toBe('free')
    expect(costRange({ ...priced, estimatedCostMicros: 0n, mostCostMicros: 0n })).toContain('no price')
  })
})
