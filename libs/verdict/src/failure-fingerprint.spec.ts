import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { failureFingerprint, normaliseMessage } from './failure-fingerprint.ts'

describe('failureFingerprint', () => {
  it('does not see paths, numbers, addresses, times or order', () => {
    const a = failureFingerprint([
      { id: 'b', message: 'at /w/run-1/index.js:12:3 after 31 ms (0x7ffe12) on 2026-11-21T09:00:15Z' },
      { id: 'a', message: 'expected 1.5' },
    ])
    const b = failureFingerprint([
      { id: 'a', message: 'expected   2' },
      { id: 'b', message: 'at /w/run-22/index.js:7:1 after 8 ms (0x1) on 2025-01-01T10:00:00Z' },
    ])
    expect(a).toBe(b)
  })

  it('sees another test and another message', () => {
    const one = failureFingerprint([{ id: 'a', message: 'expected true' }])
    expect(failureFingerprint([{ id: 'b', message: 'expected true' }])).not.toBe(one)
    expect(failureFingerprint([{ id: 'a', message: 'expected false' }])).not.toBe(one)
  })

  it('is the same for any numbers and any order', () => {
    const told = (ids: string[], n: number) => ids.map((id) => ({ id, message: `${id}: took ${n} ms, line ${n}` }))
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]+$/)), fc.nat(), fc.nat(), (ids, a, b) => {
        expect(failureFingerprint(told([...ids].reverse(), a))).toBe(failureFingerprint(told(ids, b)))
        expect(normaliseMessage(`at ${a} ms`)).toBe('at <n> ms')
      }),
    )
  })
})
