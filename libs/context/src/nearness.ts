import { isSourcePath } from '@iama/codemod'
import { buildGraph, FactsCache, rank, rankOfFiles, symbolsAt, testsReaching, type CodeGraph } from '@iama/graph'
import type { Tree } from '@iama/patch'

import type { Focus } from './focus.ts'
import type { ImportLinks } from './import-links.ts'

/** How near files are to a focus by what their code says of each other. */
export interface Nearness {
  /** Billionths of the personalised PageRank, of all of a file's symbols; 0 for what is far or is no code. */
  rankOf(path: string): number
  /** Files of tests that run what is in focus, through other files as well; the nearest first. */
  readonly tests: readonly string[]
  /** Steps along imports in either direction from the nearest file in focus. */
  readonly steps: ReadonlyMap<string, number>
}

/** Code that is read in detail, in characters: no model is shown more, and reading it takes half a second. */
const MOST_DETAIL = 300_000
/** More symbols in focus than these are looked at together, as their files. */
const MOST_SYMBOLS = 200
/** What stands around a symbol in focus, against the symbol. */
const AROUND = 0.1

/** What was read of a tree serves every call about it. */
const caches = new WeakMap<Tree, FactsCache>()

const cacheOf = (tree: Tree): FactsCache => {
  const known = caches.get(tree) ?? new FactsCache()
  caches.set(tree, known)
  return known
}

const stepsFrom = (from: readonly string[], links: ImportLinks): Map<string, number> => {
  const steps = new Map(from.map((path) => [path, 0]))
  for (const [path, step] of steps)
    for (const next of [...links.importsOf(path), ...links.importersOf(path)])
      if (!steps.has(next)) steps.set(next, step + 1)
  return steps
}

/** The code that the fewest imports lead to, and what says how modules are found. */
const nearTree = (tree: Tree, texts: ReadonlyMap<string, string>, steps: ReadonlyMap<string, number>): Tree => {
  const near = new Map([...tree].filter(([path]) => /(^|\/)package\.json$/.test(path) || path === 'tsconfig.json'))
  let size = 0
  for (const path of steps.keys()) {
    const text = texts.get(path)
    if (text === undefined || !isSourcePath(path)) continue
    size += text.length
    if (size > MOST_DETAIL && steps.get(path)! > 0) break
    near.set(path, tree.get(path)!)
  }
  return near
}

/** Symbols of the graph that a focus means, each with its weight; every file in focus weighs 1. */
const weightsOf = (focus: readonly Focus[], graph: CodeGraph): Map<string, number> => {
  const weights = new Map<string, number>()
  const add = (id: string, weight: number): void => void weights.set(id, (weights.get(id) ?? 0) + weight)
  for (const { path, symbols, lines } of focus) {
    const start = graph.files.get(path)
    if (start === undefined) continue
    const named: string[] = symbolsAt(graph, path, lines).map(({ id }) => id)
    const all: string[] = []
    for (let at = start; graph.symbols[at]?.path === path; at += 1) {
      const { id, name } = graph.symbols[at]!
      all.push(id)
      if (symbols.has(name.replace(/^.*\.#?|~\d+$/g, ''))) named.push(id)
    }
    const wanted = named.length > 0 ? named : all
    for (const id of wanted) add(id, 1 / wanted.length)
    if (named.length > 0) add(path, AROUND)
  }
  return weights
}

/** Who only loads a file tests little of it: modules count where nothing is declared, or too much. */
const testsOf = (graph: CodeGraph, weights: ReadonlyMap<string, number>): Set<string> => {
  const ids = [...weights.keys()]
  const modules = ids.filter((id) => graph.files.has(id))
  const declared = ids.filter((id) => !graph.files.has(id))
  const asked = declared.length === 0 || declared.length > MOST_SYMBOLS ? modules : declared
  return new Set(asked.flatMap((id) => testsReaching(graph, id)))
}

/** Reads the code around a focus, and says how near its files are. */
export const nearnessOf = (
  focus: readonly Focus[],
  tree: Tree,
  texts: ReadonlyMap<string, string>,
  links: ImportLinks,
): Nearness => {
  const steps = stepsFrom(
    focus.map(({ path }) => path),
    links,
  )
  const graph = buildGraph(nearTree(tree, texts, steps), cacheOf(tree))
  const weights = weightsOf(focus, graph)
  if (weights.size === 0) return { rankOf: () => 0, tests: [], steps }
  const ranks = rankOfFiles(graph, rank(graph, weights))
  // What differs only by rounding is equal: the order of paths then decides.
  const rankOf = (path: string): number => Math.round((ranks.get(path) ?? 0) * 1e9)
  const focused = new Set(focus.map(({ path }) => path))
  const tests = [...testsOf(graph, weights)].filter((path) => !focused.has(path))
  return { rankOf, tests: tests.sort((one, other) => rankOf(other) - rankOf(one) || (one < other ? -1 : 1)), steps }
}
