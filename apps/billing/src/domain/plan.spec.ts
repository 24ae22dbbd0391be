import { describe, expect, it } from '@jest/globals'
import { periodStart } from './plan.ts'

describe('a period', () => {
  it.each([
    ['2026-03-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
    ['2026-02-28T23:59:59.999Z', '2026-02-01T00:00:00.000Z'],
    ['2026-12-31T23:00:00.000-05:00', '2027-01-01T00:00:00.000Z'],
  ])('of %s began at %s', (at, start) => expect(periodStart(new Date(at)).toISOString()).toBe(start))
})
