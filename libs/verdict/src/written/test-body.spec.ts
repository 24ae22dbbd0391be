import { describe, expect, it } from '@jest/globals'
import type { Session } from '../types.ts'
import { dialectOf } from './dialects.ts'
import { testBody } from './test-body.ts'

const session = (argument: unknown, more: Partial<Session> = {}): Session => {
  const input = {
    v: ['@', 0],
    n: [
      { k: 'a', v: [['u'], argument] },
      { k: 'p', in: 0 },
      { k: 'f', n: '', l: 0, cb: 0 },
    ],
  }
  const step = { op: 'call', target: { module: 'a.js', path: ['f'] }, holder: 0, input, label: 'f()' } as const
  const expected = ['resolve {"v":1,"n":[]}']
  return {
    id: 'a',
    origin: 'recorded',
    modules: ['a.js'],
    async: true,
    callbacks: {},
    steps: [step],
    expected,
    ...more,
  }
}

const written = (each: Session) => testBody(each, new Map([['a.js', 'a']]), dialectOf('node:test'))

describe('the body of a written test', () => {
  it('awaits what a call gives', () => {
    expect(written(session('x'))).toEqual(["assert.deepStrictEqual(await a.f('x'), 1)"])
  })

  it('is not written where promises come in: code cannot say when they settle', () => {
    const promises = { 0: { resolve: { v: 1, n: [] } } }
    const callbacks = { 0: [{ return: { v: ['@', 0], n: [{ k: 'p', in: 0 }] } }] }

    expect(written(session(['@', 1], { promises }))).toBeUndefined()
    expect(written(session(['@', 2], { promises, callbacks }))).toBeUndefined()
    expect(written(session(['@', 2], { callbacks: { 0: [{ return: { v: 1, n: [] } }] } }))).toHaveLength(2)
  })
})
