import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { firstAfter, lanesOf, sharedStart } from './blob-store.s3-scan.ts'

const keys = fc.array(fc.string({ unit: fc.constantFrom('0', '9', 'a', 'f', '/'), minLength: 1, maxLength: 6 }))
const ascending = (texts: readonly string[]) => texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

describe('reading the list of a bucket', () => {
  it('takes every key once, in the order of the list, in as many runs', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 9 }), (some, lanes) => {
        const runs = lanesOf(some, lanes)
        expect(runs.flat()).toEqual(ascending([...new Set(some)]))
        expect(runs.length).toBeLessThanOrEqual(lanes)
        expect(runs.every((run) => run.length > 0)).toBe(true)
      }),
    )
  })

  it('looks only below what all keys begin with', () => {
    fc.assert(
      fc.property(keys, fc.string({ maxLength: 5 }), (some, start) => {
        const sorted = ascending(some.map((key) => start + key))
        const shared = sharedStart(sorted)
        expect(sorted.every((key) => key.startsWith(shared))).toBe(true)
        if (sorted.length > 0) expect(shared.startsWith(start)).toBe(true)
      }),
    )
  })

  it('goes on with the first key that a list did not reach', () => {
    fc.assert(
      fc.property(
        keys,
        fc.string({ unit: fc.constantFrom('0', '9', 'a', 'f', '/') }),
        fc.nat(9),
        (some, last, from) => {
          const sorted = ascending(some)
          const next = firstAfter(sorted, Math.min(from, sorted.length), last)
          const expected = sorted.findIndex((key, index) => index >= from && key > last)
          expect(next).toBe(expected === -1 ? sorted.length : expected)
        },
      ),
    )
  })
})
