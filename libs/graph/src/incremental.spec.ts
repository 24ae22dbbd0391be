import { describe, expect, it } from '@jest/globals'
import type { Tree } from '@iama/patch'
import fc from 'fast-check'

import { plain, treeOf } from '../test/support/small-trees.ts'
import { buildGraph, FactsCache, factsOf } from './index.ts'

const paths = ['a.js', 'b.js', 'c.ts', 'd.ts', 'e/index.js', 'e/f.ts', 'test/a.spec.js']
const names = ['one', 'two', 'Three']

/** Lines of code that name each other across files, in every form. */
const line = fc
  .tuple(fc.constantFrom(...paths), fc.constantFrom(...names), fc.constantFrom(...names), fc.nat(9))
  .map(([path, one, other, form]) => {
    const from = `'/${path}'`.replace("'/", "'./").replace(/\.(spec\.)?[jt]s'/, ".$1js'")
    return [
      `import { ${one} } from ${from}`,
      `export * from ${from}`,
      `export { ${one} as ${other} } from ${from}`,
      `const { ${one} } = require(${from})`,
      `exports.${one} = ${other}`,
      `export const ${one} = () => ${other}()`,
      `function ${one}() { return new ${other}() }`,
      `class ${one} extends ${other} { ${other}() { this.${one}() } }`,
      `module.exports = { ${one}, ${other}() {} }`,
      `${one}.${other}(${one})`,
    ][form]!
  })
const text = fc.array(line, { maxLength: 8 }).map((lines) => `${lines.join('\n')}\n`)
type Change = readonly [path: string, text: string | undefined]
const change: fc.Arbitrary<Change> = fc.tuple(fc.constantFrom(...paths), fc.option(text, { nil: undefined }))

const changed = (tree: Tree, [path, content]: Change): Tree => {
  const next = new Map(tree)
  if (content === undefined) next.delete(path)
  else next.set(path, { content: Buffer.from(content), executable: false })
  return next
}

describe('a graph that is built again after a change', () => {
  it('is the graph that is built from nothing, also with a cache from another process', () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 7 }),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        (first, edits) => {
          let tree = first.reduce(changed, treeOf({}))
          let cache = new FactsCache()
          expect(plain(buildGraph(tree, cache))).toEqual(plain(buildGraph(tree)))
          for (const edit of edits) {
            tree = changed(tree, edit)
            cache = FactsCache.fromBytes(cache.toBytes())
            expect(plain(buildGraph(tree, cache))).toEqual(plain(buildGraph(tree)))
            expect(cache.parsed).toBeLessThanOrEqual(1)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('reads a file again only when its content or its language is new', () => {
    const cache = new FactsCache()
    const files = { 'a.ts': 'export const a = <T>(x) => x', 'b.ts': 'b()', 'c.ts': 'b()' }
    buildGraph(treeOf(files), cache)
    expect(cache.parsed).toBe(2)
    buildGraph(treeOf({ ...files, 'moved/a.ts': files['a.ts'] }), cache)
    expect(cache.parsed).toBe(2)
    buildGraph(treeOf({ ...files, 'a.tsx': files['a.ts'], 'b.ts': 'b(1)' }), cache)
    expect(cache.parsed).toBe(4)
    expect(cache.size).toBe(4)
  })
})

describe('the bytes of a cache', () => {
  const cache = new FactsCache()
  buildGraph(treeOf({ 'a.ts': 'export const a = 1' }), cache)
  const bytes = cache.toBytes()

  it('are of no use when they are damaged, cut, of another version or something else', () => {
    expect(FactsCache.fromBytes(bytes).size).toBe(1)
    const damaged = Uint8Array.from(bytes)
    damaged[damaged.length - 5]! ^= 1
    const older = Buffer.from(bytes)
    older.write('iama-graph 0')
    for (const each of [
      damaged,
      older,
      bytes.subarray(0, 90),
      bytes.subarray(0, 10),
      new Uint8Array(),
      Buffer.from('\n\n'),
    ])
      expect(FactsCache.fromBytes(each).size).toBe(0)
  })
})

describe('a larger project', () => {
  /** Some 40 lines each: a class, functions, and calls of others. */
  const textOf = (at: number): string => {
    const [next, far] = [(at + 1) % 500, (at * 7 + 3) % 500]
    const body = Array.from(
      { length: 30 },
      (_, line) => `    if (value > ${line}) value = helper${at}(value, far${line % 2}) + ${line}`,
    )
    return [
      `import { run${next} } from './m${next}.ts'`,
      `import * as far from './m${far}.ts'`,
      `const [far0, far1] = [far.run${far}, far.Thing${far}]`,
      `const helper${at} = (value: number, more: unknown): number => (more ? value : run${next}(value))`,
      `export class Thing${at} {`,
      `  constructor(private readonly start: number) {}`,
      `  work(): number {`,
      '    let value = this.start',
      ...body,
      '    return value',
      '  }',
      '}',
      `export const run${at} = (value: number): number => new Thing${at}(value).work()`,
      '',
    ].join('\n')
  }
  const tree = treeOf(Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`src/m${at}.ts`, textOf(at)])))

  it('of 20,000 lines is read within 4 s of processor time on a busy machine, and within 0.5 s after one change', () => {
    const cache = new FactsCache()
    const timed = (of: Tree): number => {
      const before = process.cpuUsage()
      expect(buildGraph(of, cache).lines).toBeGreaterThanOrEqual(20_000)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1e6
    }
    // What is measured is the work, not how the engine warms up to it.
    for (let at = 0; at < 100; at += 1) factsOf('warm.ts', Buffer.from(`${textOf(at)}// ${at}\n`))
    expect(timed(tree)).toBeLessThan(4)
    expect(timed(changed(tree, ['src/m7.ts', `${textOf(7)}export const more = 1\n`]))).toBeLessThan(0.5)
    expect(cache.parsed).toBe(501)
  })
})
