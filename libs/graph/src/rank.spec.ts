import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { graphOf } from '../test/support/small-trees.ts'
import { NoFocus, rank, rankOfFiles, UnknownSymbol, type CodeGraph, type EdgeKind, type RankOptions } from './index.ts'
import { weightOf } from './rank.ts'

/** A graph of nothing but numbers: what a walk is made of. */
const drawn = (size: number, links: readonly (readonly [from: number, to: number, kind: EdgeKind])[]): CodeGraph => {
  const { symbols: files, indexOf } = graphOf(
    Object.fromEntries(Array.from({ length: size }, (_, at) => [`f${at}.js`, ''])),
  )
  const symbols = files.map((file, at) => ({ ...file, parent: at - (at % 3) }))
  const edges = links.map(([from, to, kind]) => ({ from: from % size, to: to % size, kind, lines: [1] }))
  const by = (key: 'from' | 'to') => symbols.map((_, at) => edges.filter((edge) => edge[key] === at))
  return { symbols, indexOf, files: indexOf, edgesFrom: by('from'), edgesTo: by('to'), unread: [], lines: 0 }
}

/** Solves r = (1 - d) v + d r P by elimination: a reference that shares nothing with the power iteration. */
const solved = (
  graph: CodeGraph,
  focus: ReadonlyMap<string, number>,
  { along = 'both', damping = 0.85 }: RankOptions,
) => {
  const size = graph.symbols.length
  const sum = [...focus.values()].reduce((total, each) => total + each, 0)
  const v = graph.symbols.map(({ id }) => (focus.get(id) ?? 0) / sum)
  const p = graph.symbols.map((_, at) => {
    const row = new Array<number>(size).fill(0)
    if (along !== 'usedBy') for (const edge of graph.edgesFrom[at]!) if (edge.to !== at) row[edge.to]! += weightOf(edge)
    const back = along === 'both' ? 0.5 : 1
    if (along !== 'uses')
      for (const edge of graph.edgesTo[at]!) if (edge.from !== at) row[edge.from]! += back * weightOf(edge)
    const { parent } = graph.symbols[at]!
    if (along === 'both' && parent !== at) row[parent]! += 0.1
    const total = row.reduce((one, other) => one + other, 0)
    return total === 0 ? v : row.map((each) => each / total)
  })
  const rows = v.map((start, at) => [
    ...v.map((_, to) => (at === to ? 1 : 0) - damping * p[to]![at]!),
    (1 - damping) * start,
  ])
  for (let pivot = 0; pivot < size; pivot += 1) {
    const best = rows
      .slice(pivot)
      .reduce((one, row, at) => (Math.abs(row[pivot]!) > Math.abs(rows[one]![pivot]!) ? pivot + at : one), pivot)
    ;[rows[pivot], rows[best]] = [rows[best]!, rows[pivot]!]
    for (let at = 0; at < size; at += 1) {
      if (at === pivot) continue
      const factor = rows[at]![pivot]! / rows[pivot]![pivot]!
      for (let column = pivot; column <= size; column += 1) rows[at]![column]! -= factor * rows[pivot]![column]!
    }
  }
  return rows.map((row, at) => row[size]! / row[at]!)
}

const kinds: readonly EdgeKind[] = ['call', 'new', 'use', 'type', 'extends', 'import', 'holds', 'override']

describe('personalised PageRank', () => {
  it('is what a dense solver finds, sums to 1, and is the same twice', () => {
    const link = fc.tuple(fc.nat(11), fc.nat(11), fc.constantFrom(...kinds))
    const options = fc.record({
      along: fc.constantFrom('uses', 'usedBy', 'both'),
      damping: fc.constantFrom(0, 0.5, 0.85, 0.9),
    } as const)
    const weights = fc.array(fc.tuple(fc.nat(11), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(link, { maxLength: 40 }),
        weights,
        options,
        (size, links, wanted, how) => {
          const graph = drawn(size, links)
          const focus = new Map(wanted.map(([at, weight]) => [`f${at % size}.js`, weight]))
          const ranks = rank(graph, focus, how)
          expect(ranks.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9)
          for (const [at, exact] of solved(graph, focus, how).entries()) expect(ranks[at]).toBeCloseTo(exact, 7)
          expect(rank(graph, focus, how)).toEqual(ranks)
        },
      ),
      { numRuns: 150 },
    )
  })

  const graph = graphOf({
    'a.ts':
      "import { b } from './b.ts'\nimport { c } from './c.ts'\nexport const a = () => b() + b()\nexport const other = () => c()\n",
    'b.ts': "import { deep } from './deep.ts'\nexport const b = () => deep()\n",
    'c.ts': 'export const c = () => 1\n',
    'deep.ts': 'export const deep = () => 1\n',
    'user.ts': "import { a } from './a.ts'\nexport const user = () => a()\n",
    'far.ts': 'export const far = 1\n',
  })
  const files = (id: string, options?: RankOptions): string[] =>
    [...rankOfFiles(graph, rank(graph, new Map([[id, 1]]), options))]
      .filter(([, value]) => value > 0)
      .sort((one, other) => other[1] - one[1])
      .map(([path]) => path)

  it('follows what a symbol uses, not what stands beside it', () => {
    expect(files('a.ts#a', { along: 'uses' })).toEqual(['a.ts', 'b.ts', 'deep.ts'])
    expect(files('a.ts#other', { along: 'uses' })).toEqual(['a.ts', 'c.ts'])
  })

  it('follows who uses it, or both', () => {
    expect(files('deep.ts#deep', { along: 'usedBy' })).toEqual(['deep.ts', 'b.ts', 'a.ts', 'user.ts'])
    expect(files('a.ts#a')).not.toContain('far.ts')
    expect(files('a.ts#a')).toEqual(['a.ts', 'b.ts', 'deep.ts', 'user.ts', 'c.ts'])
  })

  it('needs something to begin with', () => {
    expect(() => rank(graph, new Map())).toThrow(NoFocus)
    expect(() => rank(graph, new Map([['a.ts', 0]]))).toThrow(NoFocus)
    expect(() => rank(graph, new Map([['a.ts', -1]]))).toThrow(NoFocus)
    expect(() => rank(graph, new Map([['a.ts', Infinity]]))).toThrow(/at least one symbol a weight above 0/)
    expect(() => rank(graph, new Map([['none.ts', 1]]))).toThrow(UnknownSymbol)
  })
})
