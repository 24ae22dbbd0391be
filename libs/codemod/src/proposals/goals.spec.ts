import { describe, expect, it } from '@jest/globals'
import { applyPatch } from '@iama/patch'

import { refactor, textIn, treeOf } from '../../test/support/project.ts'
import { analyze } from '../analysis/analyze.ts'
import { transform } from '../transform.ts'
import { metricsChange } from './change-metrics.ts'
import { explainNothing, propose, ranked } from './propose.ts'

const manifest = '{"name":"x","engines":{"node":">=20"}}'
const branches = Array.from({ length: 8 }, (_, i) => `  if (p === ${i}) {\n    if (q) {\n      log(${i})\n    }\n  }`)
const hard = `exports.hard = function hard(p, q, log) {\n${branches.join('\n')}\n  return typeof p == 'string'\n}\n`
const easy = "exports.easy = (p) => typeof p == 'string'\n"
const why = (files: Readonly<Record<string, string>>, goal: string): string => {
  const tree = treeOf(files)
  return explainNothing(tree, analyze(tree), { goal }).join(' ')
}

describe('goals in words', () => {
  it.each([
    ['simplify', 'simplify'],
    ['safety', 'safety'],
    ['harden', 'safety'],
    ['auto', 'hot-spots'],
    ['modernise', 'safety'],
  ])('%s leads to %s first', (goal, id) => {
    const files = { 'package.json': manifest, 'index.js': goal === 'modernise' ? easy : hard }
    const { proposals } = refactor(treeOf(files), { goal })
    expect(proposals[0]?.id).toBe(id)
  })

  it.each([
    ['split index.js', 'split takes no names'],
    ['move f', 'move takes no names'],
    ['rename f', 'rename needs a name and a new name'],
    ['parameters', 'parameters needs the name'],
    ['modernize it all', 'needs a language model'],
    ['constructor', 'needs a language model'],
  ])('%s is refused, with what there is', (goal, reason) => {
    const text = why({ 'package.json': manifest, 'index.js': hard }, goal)
    expect(text).toContain(reason)
    expect(text).toContain('knows the goals auto, modernize, simplify, dedupe')
  })

  it('dedupe leaves one of two', () => {
    const copy = (name: string) => `function ${name}(a) {\n  const total = a + 1\n  return total * a\n}\n`
    const code = `${copy('f')}${copy('g')}exports.run = (a) => f(a) + g(a)\n`
    const { tree, proposals } = refactor(treeOf({ 'package.json': manifest, 'index.js': code }), { goal: 'dedupe' })
    expect(proposals[0]!.id).toBe('dedupe')
    expect(textIn(tree, 'index.js')).toBe(`${copy('f')}exports.run = (a) => f(a) + f(a)\n`)
  })

  it('cycle marks the imports that make one only for types', () => {
    const files = {
      'tsconfig.json': '{"compilerOptions":{"strict":true}}',
      'a.ts': "import { B } from './b'\nexport interface A { b: B }\nexport const make = (b: B): A => ({ b })\n",
      'b.ts':
        "import { make, type A } from './a'\nexport interface B { n: number }\nexport const a: A = make({ n: 1 })\n",
      'c.ts': "import { A } from './a'\nexport type C = A\n",
    }
    expect(analyze(treeOf(files)).cycles).toEqual([['a.ts', 'b.ts']])
    const { tree, patch } = refactor(treeOf(files), { goal: 'cycle' })
    expect(patch.edits.map(({ id }) => id)).toEqual(['type-only-imports:a.ts:1'])
    expect(analyze(tree).cycles).toEqual([])
  })
})

describe('auto', () => {
  it('begins where the code is hardest to follow, and says where', () => {
    const files = { 'package.json': manifest, 'index.js': easy, 'lib/hard.js': hard }
    const { proposals, patch } = refactor(treeOf(files), { goal: 'auto' })
    expect(proposals[0]!.summary).toContain('hard in lib/hard.js:1 (cognitive complexity 24, no test reaches it)')
    expect(new Set(patch.edits.flatMap(({ operations }) => operations.map(({ path }) => path)))).toEqual(
      new Set(['lib/hard.js']),
    )
  })

  it('prefers what a test reaches', () => {
    const files = {
      'package.json': manifest,
      'a.js': hard,
      'b.js': hard,
      'test/b.js': "require('../b.js')\n",
    }
    expect(refactor(treeOf(files), { goal: 'auto' }).proposals[0]!.summary).toMatch(/follow: hard in b\.js:1 .*a\.js:1/)
  })
})

describe('measures', () => {
  const files = { 'package.json': manifest, 'index.js': hard }

  it('are those of the files before and after the patch', () => {
    const { proposals } = refactor(treeOf(files), { goal: 'simplify' })
    const { metrics, summary } = proposals[0]!
    expect(metrics.before.cognitive).toBe(24)
    expect(metrics.after.cognitive).toBe(16)
    expect(metrics.worse).toEqual([])
    expect(summary).toContain('cognitive complexity 24 to 16')
  })

  it('say what gets worse', () => {
    const tree = treeOf(files)
    const text = textIn(tree, 'index.js')
    const start = text.indexOf('return typeof')
    const edit = {
      id: 'x',
      recipe: 'x',
      title: 'x',
      reason: 'x',
      dependsOn: [],
      evidence: { kind: 'proven', assumptions: [] },
      operations: [],
    } as const
    const { patch } = refactor(tree, { goal: 'simplify' })
    const [operation] = patch.edits[0]!.operations
    const worse = {
      version: 1 as const,
      edits: [
        {
          ...edit,
          operations: [
            {
              ...operation!,
              range: { start, end: start },
              anchor: '',
              text: 'if (q) { while (p) p = log(p && q) }\n  ',
            },
          ],
        },
      ],
    }
    expect(metricsChange(tree, worse as typeof patch, ['index.js']).worse).toEqual([
      'cognitive complexity 24 to 28',
      'decisions 16 to 19',
    ])
  })

  it('put a strategy that makes them worse last, whatever was asked', () => {
    const request = { goal: 'simplify' }
    const { proposals } = refactor(treeOf(files), request)
    const [first, ...others] = proposals
    const worse = { ...first!, metrics: { ...first!.metrics, worse: ['decisions 1 to 2'] } }
    expect(first!.kind).toBe('simplify')
    expect(others.length).toBeGreaterThan(0)
    expect(ranked([worse, ...others], request).at(-1)).toBe(worse)
  })
})

describe('parameters', () => {
  const code =
    'const f = function (a, b, c) {\n  return [a, b, c]\n}\nexports.run = (b) => [f(1, b), f(), f(f(2, 3), b, 4)]\n'

  it('gives a private function one object, and all its calls', () => {
    const { tree, proposals } = refactor(treeOf({ 'package.json': manifest, 'index.js': code }), {
      goal: 'parameters f',
    })
    expect(proposals.map(({ id }) => id)).toEqual(['parameters'])
    const after = textIn(tree, 'index.js')
    expect(after).toBe(
      'const f = function ({ a, b, c }) {\n  return [a, b, c]\n}\nexports.run = (b) => [f({ a: 1, b }), f({}), f({ a: f({ a: 2, b: 3 }), b, c: 4 })]\n',
    )
    const run = (text: string): unknown => {
      const module = { exports: {} as { run?: (b: number) => unknown } }
      new Function('exports', text)(module.exports)
      return module.exports.run!(5)
    }
    expect(run(after)).toEqual(run(code))
  })

  it.each([
    ['is exported', `${code}exports.f = f\n`, /handed on/],
    ['spreads', code.replace('f(1, b)', 'f(...b)'), /spreads/],
    ['passes too many', code.replace('f(1, b)', 'f(1, 2, 3, 4)'), /more arguments/],
    ['looks at arguments', code.replace('[a, b, c]', 'arguments'), /arguments/],
    ['has defaults', code.replace('(a, b, c)', '(a, b = 1, c)'), /more than a name/],
    ['is missing', 'exports.g = 1\n', /no file in scope/],
  ])('refuses a function that %s', (_, text, reason) => {
    expect(why({ 'package.json': manifest, 'index.js': text }, 'parameters f')).toMatch(reason)
  })

  it('applies to the tree that it was made for', () => {
    const tree = treeOf({ 'package.json': manifest, 'index.js': code })
    const analysis = analyze(tree)
    const [proposal] = propose(tree, analysis, { goal: 'parameters f' })
    const { patch } = transform(tree, analysis, proposal!, { goal: 'parameters f' })
    expect(() => applyPatch(tree, patch)).not.toThrow()
  })
})
