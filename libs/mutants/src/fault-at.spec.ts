import vm from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { applyMutant } from './apply-mutant.ts'
import { faultAt } from './fault-at.ts'
import { syntaxProblems } from './parse.ts'

/** Plants a fault at what stands between the marks. */
const planted = (marked: string, file = 'a.js'): string | undefined => {
  const [before, place, after] = marked.split(/[«»]/) as [string, string, string]
  const source = before + place + after
  const fault = faultAt(file, source, { start: before.length, end: before.length + place.length })
  return fault && applyMutant(source, fault)
}

describe('a fault in one place', () => {
  it.each([
    'f = (a) => { if (a) «return 1» }',
    'f = (a) => «{ if (a) return 1 }»',
    'f = (a) => «({ a: a.b })»',
    'f = (a) => a.map((b) => «b + 1»)',
    'f = (a) => `x${«a»}`',
    'f = (a) => { for (const b of a) «g(b)» }',
    'f = function (a) { «const b = 1;» return a + b }',
    'f = (a) => «g(...a, 1)»',
    'f = (a) => a && (() => «{}»)()',
    'f = «(a) => a»; f = f([1])',
  ])('throws when %s comes to it', (marked) => {
    const faulty = planted(marked)!
    expect(syntaxProblems('a.js', faulty)).toEqual([])
    const run = (): unknown => vm.runInNewContext(`var f, g = () => 0; ${faulty}; f([1])`)
    expect(run).toThrow('a planted fault')
  })

  it('can be planted in TypeScript', () => {
    const faulty = planted('const f = (b: number): number => { «return b» }', 'a.ts')!
    expect(syntaxProblems('a.ts', faulty)).toEqual([])
  })

  it.each([
    ['half a statement', 'f = «1 +» 2'],
    ['a word in a comment', 'f = 1 // «two»'],
    ['a type', 'interface A { b: «string» }'],
    ['a property of a literal', 'f = { «a: 1» }'],
  ])('is not planted in %s', (_, marked) => {
    expect(planted(marked, 'a.ts')).toBeUndefined()
  })
})
