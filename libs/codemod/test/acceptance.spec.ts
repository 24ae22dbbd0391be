import { readFileSync } from 'node:fs'
import vm from 'node:vm'

import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'

import { refactor, textIn, treeOf } from './support/project.ts'

const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}.txt`, import.meta.url), 'utf8')

type Callable = (...values: unknown[]) => unknown

const load = (code: string): Callable => {
  const module = { exports: {} as unknown }
  vm.runInNewContext(`(function (exports, require, module) {${code}\n})`)(module.exports, undefined, module)
  return module.exports as Callable
}

const canConstruct = (value: Callable): boolean => {
  try {
    Reflect.construct(Object, [], value)
    return true
  } catch {
    return false
  }
}

/** What a user of an exported function can tell of it without calling it. */
const surfaceOf = (value: Callable): unknown => ({
  name: value.name,
  arity: value.length,
  constructs: canConstruct(value),
  isSloppy: Object.hasOwn(value, 'caller'),
  own: Object.keys(value),
})

const outcomes = (target: Callable, calls: readonly (readonly unknown[])[]): string[] =>
  calls.map((call) => {
    try {
      return JSON.stringify(target(...structuredClone(call)))
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`
    }
  })

describe.each([
  [
    'options-parser',
    [[['--count=3', 'x', '--a.b', '--__proto__.c=1', '--name=7']], [[], null], [['--count=x'], { known: { x: 1 } }]],
  ],
  [
    'value-printer',
    [['a'], [-0], [[1, , 'b']], [{ a: [1, { b: null }] }, { quote: 'double' }], [{}], [1, { quote: 'x' }], [undefined]],
  ],
] as const)('%s, floor raised', (name, calls) => {
  const before = fixture(name)
  const { tree, patch, proposals } = refactor(
    treeOf({ 'package.json': '{\n  "name": "x",\n  "engines": { "node": ">= 0.4" }\n}\n', 'index.js': before }),
    { goal: 'modernize', target: 'node20' },
  )
  const after = textIn(tree, 'index.js')

  it('gets at least ten edits', () => {
    expect(proposals[0]!.id).toBe('raise-floor-node20')
    expect(patch.edits.length).toBeGreaterThanOrEqual(10)
    expect(after).not.toBe(before)
  })

  it('keeps its surface and its behaviour', () => {
    expect(surfaceOf(load(after))).toEqual(surfaceOf(load(before)))
    expect(outcomes(load(after), calls)).toEqual(outcomes(load(before), calls))
  })
})

describe('value-printer', () => {
  it('keeps the intrinsics that it captures, and gets nothing that relies on others', () => {
    const { patch } = refactor(treeOf({ 'package.json': '{"name":"x"}', 'index.js': fixture('value-printer') }), {
      goal: 'modernize',
      target: 'node20',
    })
    const assumed = patch.edits.flatMap(({ evidence }) => (evidence.kind === 'proven' ? evidence.assumptions : []))
    expect(assumed).not.toContain('intrinsics intact')
  })
})

describe('cinema-bill, in TypeScript', () => {
  it('gives up at least two functions and still compiles', () => {
    const before = fixture('cinema-bill')
    const { tree, patch } = refactor(treeOf({ 'index.ts': before }), { goal: 'extract' })
    const after = textIn(tree, 'index.ts')
    expect(patch.edits.map(({ title }) => title)).toEqual([
      '14 lines become the function computeAmount',
      '3 lines become the function addLoyaltyPoints',
    ])
    const run = (code: string): string[] => {
      const bill = load(
        `${ts.transpile(code, { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 })}; module.exports = exports.bill`,
      )
      const films = {
        a: { title: 'A', genre: 'drama' },
        b: { title: 'B', genre: 'comedy' },
        c: { title: 'C', genre: 'none' },
      }
      return outcomes(bill, [
        [
          'x',
          [
            { filmId: 'a', seats: 12 },
            { filmId: 'b', seats: 30 },
          ],
          films,
        ],
        ['y', [{ filmId: 'c', seats: 1 }], films],
        ['z', [], films],
      ])
    }
    expect(run(after)).toEqual(run(before))
  })
})
