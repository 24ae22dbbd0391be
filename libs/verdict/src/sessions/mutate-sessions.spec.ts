import { describe, expect, it } from '@jest/globals'
import { mutateSessions } from './mutate-sessions.ts'
import { argumentsOf, printValue } from './print-step.ts'
import type { EncodedGraph, RawSession } from './records.ts'
import { sourceWords } from './source-words.ts'

const words = sourceWords(new Map([['a.js', "if (x.length > 20 && x.kind === 'comedy') y = { limit: 5 }"]]))

const session = (input: EncodedGraph, more: Partial<RawSession> = {}): RawSession => ({
  id: 'a',
  modules: ['a.js'],
  steps: [{ op: 'call', target: { module: 'a.js', path: ['f'] }, holder: 0, input }],
  callbacks: {},
  async: false,
  recorded: ['return 1'],
  ...more,
})

// f('tragedy', { age: 55, on: true })
const call: EncodedGraph = {
  v: ['@', 0],
  n: [
    { k: 'a', v: [['u'], 'tragedy', ['@', 1]] },
    {
      k: 'o',
      o: [
        ['age', 55],
        ['on', true],
      ],
    },
  ],
}

const shown = (raw: RawSession): string =>
  argumentsOf(raw.steps[0]!.input)
    .map((value) => printValue(raw.steps[0]!.input, value))
    .join(', ')

describe('mutateSessions', () => {
  it('finds the words of a module', () => {
    expect(words).toEqual({ strings: ['comedy'], numbers: [20, 5], keys: ['length', 'kind', 'limit'] })
  })

  it('gives the same neighbours for the same seed, each once, and others for another', () => {
    const once = mutateSessions([session(call)], words, 100, 7)
    expect(mutateSessions([session(call)], words, 100, 7)).toEqual(once)
    expect(new Set(once.map(shown)).size).toBe(once.length)
    expect(mutateSessions([session(call)], words, 100, 8)).not.toEqual(once)
  })

  it('tries the borders that the code names', () => {
    const inputs = mutateSessions([session(call)], words, 200, 1).map(shown)
    expect(inputs).toContain("'comedy', { age: 55, on: true }")
    expect(inputs).toContain("'tragedy', { age: 20, on: true }")
    expect(inputs).toContain("'tragedy', { age: 55, on: false }")
    expect(inputs).toContain("'tragedy'")
  })

  it('leaves sessions with callbacks and promises alone, and the receiver of a call', () => {
    expect(mutateSessions([session(call, { callbacks: { 0: [] } })], words, 10, 1)).toEqual([])
    expect(mutateSessions([session(call, { async: true })], words, 10, 1)).toEqual([])
    expect(mutateSessions([session(call, { promises: { 0: {} } })], words, 10, 1)).toEqual([])
    const receiver: EncodedGraph = { v: ['@', 0], n: [{ k: 'a', v: ['this', 1] }] }
    for (const mutant of mutateSessions([session(receiver)], words, 50, 1))
      expect((mutant.steps[0]!.input.n[0]!['v'] as unknown[])[0]).toBe('this')
  })
})
