import { describe, expect, it } from '@jest/globals'
import type { Session, Step } from '../types.ts'
import { Renaming } from './rename-exports.ts'

const name = (module: string, ...path: string[]) => ({ module, path })

const renaming = new Renaming(new Set(['lib/parse.js', 'lib/lost.js']), [
  { from: name('lib/parse.js'), to: name('index.js', 'tools') },
  { from: name('lib/parse.js', 'Row'), to: name('index.js', 'Row') },
])

const input = (...args: unknown[]) => ({ v: ['@', 0], n: [{ k: 'a', i: [['u'], ...args] }] })

const call = (target: Step['target'], holder: 0 | 1, ...args: unknown[]): Step => ({
  ...{ op: 'call', target, holder, input: input(...args), label: 'f()' },
})

const session = (...steps: Step[]): Session => ({
  ...{ id: '1', modules: [], origin: 'recorded', async: false, steps, expected: ['return 1'] },
  callbacks: { 0: [{ return: { v: ['e', 'lib/parse.js', ['Row']], n: [] } }] },
})

describe('Renaming', () => {
  it('calls exports by their nearest other name, and methods on the object that they are called on', () => {
    const given = session(
      call(name('lib/parse.js', 'Row', 'of'), 0),
      call(name('lib/parse.js', 'Row'), 1),
      call(name('lib/parse.js', 'Row'), 0),
      call({ step: 0, path: ['cell'] }, 1),
    )
    const renamed = renaming.session(given)!
    expect(renamed.steps.map(({ target }) => target)).toEqual([
      name('index.js', 'Row', 'of'),
      name('index.js', 'tools', 'Row'),
      name('index.js', 'Row'),
      { step: 0, path: ['cell'] },
    ])
    expect(renamed.modules).toEqual(['index.js'])
    expect(renamed.recorded).toEqual([])
  })

  it('does so in what calls are given, and in what callbacks answer', () => {
    const renamed = renaming.session(
      session(call(name('index.js', 'f'), 0, ['e', 'lib/parse.js', ['Row', 'prototype']])),
    )!
    expect(renamed.steps[0]!.input).toEqual(input(['e', 'index.js', ['Row', 'prototype']]))
    expect(renamed.callbacks).toEqual({ 0: [{ return: { v: ['e', 'index.js', ['Row']], n: [] } }] })
  })

  it('has no session of what has no other name', () => {
    expect(renaming.session(session(call(name('lib/lost.js'), 0)))).toBe(undefined)
    expect(renaming.session(session(call(name('index.js', 'f'), 0, ['e', 'lib/lost.js', []])))).toBe(undefined)
  })
})
