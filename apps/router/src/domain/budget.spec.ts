import { describe, expect, it } from '@jest/globals'
import { BudgetReached, breachOf, checkedMicros, monthOf, rangeOf } from './budget.ts'

const standing = { jobMicros: 900, monthMicros: 5_000 }

describe('a budget', () => {
  it('may be used up to the last micro-dollar and not beyond', () => {
    expect(breachOf(standing, { jobMicros: 1_000, monthMicros: 5_100 }, 100)).toBeUndefined()
    expect(breachOf(standing, { jobMicros: 1_000 }, 101)).toEqual({
      which: 'job',
      limit: 1_000,
      spent: 900,
      needed: 101,
    })
    expect(breachOf(standing, { jobMicros: 1_100, monthMicros: 5_100 }, 101)).toMatchObject({ which: 'tenant' })
    expect(breachOf(standing, {}, 10 ** 12)).toBeUndefined()
    expect(breachOf(standing, { jobMicros: 0 }, 1)).toMatchObject({ which: 'job', limit: 0 })
  })

  it('says whose it is, how much is gone, and what to do', () => {
    const refusal = new BudgetReached({ which: 'job', limit: 2_500_000, spent: 2_400_000, needed: 123_456 })
    expect(refusal.message).toBe(
      'a call for up to $0.123 does not fit into the budget of this job: $2.40 of $2.50 are spent or reserved; ' +
        'raise the budget of the job or ask for less',
    )
    expect(refusal).toMatchObject({ code: 'BUDGET_REACHED', kind: 'exhausted' })
    expect(refusal.metadata).toEqual({ which: 'job', limit: '2500000', spent: '2400000', needed: '123456' })
  })

  it('of a tenant counts by the month of UTC', () => {
    expect(monthOf(new Date('2026-11-30T23:59:59.999Z'))).toBe('2026-11')
    expect(rangeOf('2026-12')).toEqual({
      from: new Date('2026-12-01T00:00:00.000Z'),
      to: new Date('2027-01-01T00:00:00.000Z'),
    })
  })

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53])('takes no %p', (micros) => {
    expect(() => checkedMicros(micros)).toThrow(RangeError)
  })
})
