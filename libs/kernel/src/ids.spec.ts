import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isUuid, systemIds, uuidV7 } from './ids.ts'

const random = fc.uint8Array({ minLength: 16, maxLength: 16 })
const milliseconds = fc.integer({ min: 0, max: 2 ** 48 - 1 })

describe('an id', () => {
  it('is a UUID of version 7 for every moment and every randomness', () => {
    fc.assert(
      fc.property(milliseconds, random, (at, bytes) => {
        const id = uuidV7(at, bytes)
        expect(isUuid(id)).toBe(true)
        expect(id[14]).toBe('7')
        expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at)
      }),
    )
  })

  it('sorts by the time at which it was made', () => {
    fc.assert(
      fc.property(milliseconds, milliseconds, random, random, (one, other, a, b) => {
        fc.pre(one < other)
        expect(uuidV7(one, a) < uuidV7(other, b)).toBe(true)
      }),
    )
  })

  it('is never given twice', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => systemIds.next())).size).toBe(1_000)
  })

  it.each(['', 'not-a-uuid', '018f2d5c-0000-7000-8000-00000000000', '018f2d5c-0000-7000-8000-00000000000g'])(
    'is not %j',
    (text) => {
      expect(isUuid(text)).toBe(false)
    },
  )
})
