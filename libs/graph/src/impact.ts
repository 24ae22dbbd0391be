import { indexOfSymbol, isTestFile } from './queries.ts'
import type { CodeGraph, GraphEdge, GraphSymbol } from './types.ts'

export interface Impact {
  /** What can notice a change of them, without themselves, in the order of paths. */
  readonly symbols: readonly GraphSymbol[]
  /** The files of all of them, those that change included; sorted. */
  readonly files: readonly string[]
  /** Files of tests that run any of what changes; sorted. */
  readonly tests: readonly string[]
}

/** Everything from which some symbols are reached along edges, themselves included. */
const reaching = (graph: CodeGraph, to: readonly number[], isTaken: (edge: GraphEdge) => boolean): Set<number> => {
  const found = new Set(to)
  for (const symbol of found) for (const edge of graph.edgesTo[symbol]!) if (isTaken(edge)) found.add(edge.from)
  return found
}

const testsAmong = (graph: CodeGraph, symbols: ReadonlySet<number>): string[] =>
  [...new Set([...symbols].map((at) => graph.symbols[at]!.path))].filter((path) => isTestFile(graph, path)).sort()

const runs = ({ kind }: GraphEdge): boolean => kind !== 'type'

/**
 * The files of tests from which a symbol is reached by what runs, through any number of files. A class reaches all of
 * its members, for its instances go where no name follows: rather a test too many than one too few.
 * @throws UnknownSymbol
 */
export const testsReaching = (graph: CodeGraph, id: string): string[] =>
  testsAmong(graph, reaching(graph, [indexOfSymbol(graph, id)], runs))

/**
 * How far a change of some symbols reaches: whatever speaks of them, directly or through others, in code or in types.
 * @throws UnknownSymbol
 */
export const impactOf = (graph: CodeGraph, ids: Iterable<string>): Impact => {
  const changed = [...new Set(Array.from(ids, (id) => indexOfSymbol(graph, id)))]
  const reached = reaching(graph, changed, () => true)
  const own = new Set(changed)
  const others = [...reached].filter((at) => !own.has(at)).sort((one, other) => one - other)
  return {
    symbols: others.map((at) => graph.symbols[at]!),
    files: [...new Set([...reached].map((at) => graph.symbols[at]!.path))].sort(),
    tests: testsAmong(graph, reaching(graph, changed, runs)),
  }
}
