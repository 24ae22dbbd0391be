import { classifyRole } from '@iama/codemod'
import { DomainError } from '@iama/kernel'

import type { CodeGraph, EdgeKind, GraphEdge, GraphSymbol } from './types.ts'

export class UnknownSymbol extends DomainError {
  readonly code = 'GRAPH_UNKNOWN_SYMBOL'
  override readonly kind = 'not-found'
  constructor(id: string) {
    super(`${id} is no symbol of this graph: name a file (src/a.ts) or a declaration in it (src/a.ts#Name.member)`)
  }
}

/** A place from which a symbol is spoken of. */
export interface Mention {
  readonly from: GraphSymbol
  readonly kind: EdgeKind
  /** 1-based lines in the file of `from`. */
  readonly lines: readonly number[]
}

/** The index of a symbol. @throws UnknownSymbol */
export const indexOfSymbol = ({ indexOf }: CodeGraph, id: string): number => {
  const index = indexOf.get(id)
  if (index === undefined) throw new UnknownSymbol(id)
  return index
}

const mentions = (graph: CodeGraph, id: string, isWanted: (edge: GraphEdge) => boolean): Mention[] =>
  graph.edgesTo[indexOfSymbol(graph, id)]!.filter(isWanted).map(({ from, kind, lines }) => {
    return { from: graph.symbols[from]!, kind, lines }
  })

/** Who calls a function or makes an instance of a class, in the order of paths. @throws UnknownSymbol */
export const callersOf = (graph: CodeGraph, id: string): Mention[] =>
  mentions(graph, id, ({ kind }) => kind === 'call' || kind === 'new')

/** Everything that is written of a symbol, calls among it. @throws UnknownSymbol */
export const referencesTo = (graph: CodeGraph, id: string): Mention[] =>
  mentions(graph, id, ({ kind }) => kind !== 'holds' && kind !== 'override')

/** The innermost declarations that hold any of some lines of a file, in the order of the text; 1-based. */
export const symbolsAt = (graph: CodeGraph, path: string, lines: Iterable<number>): GraphSymbol[] => {
  const start = graph.files.get(path)
  if (start === undefined) return []
  const found = new Set<number>()
  for (const line of lines) {
    let best = start
    for (let at = start + 1; graph.symbols[at]?.path === path; at += 1) {
      const holds = graph.symbols[at]!.ranges.some(([, , from, to]) => from <= line && line <= to)
      if (holds && sizeOf(graph.symbols[at]!) <= sizeOf(graph.symbols[best]!)) best = at
    }
    found.add(best)
  }
  return [...found].sort((one, other) => one - other).map((at) => graph.symbols[at]!)
}

const sizeOf = ({ ranges }: GraphSymbol): number => ranges.reduce((sum, [start, end]) => sum + end - start, 0)

/** A file of tests that no other file loads; what others load helps them. */
export const isTestFile = (graph: CodeGraph, path: string): boolean => {
  const index = graph.files.get(path)
  if (index === undefined || classifyRole(path, '') !== 'test') return false
  return !graph.edgesTo[index]!.some(({ kind }) => kind === 'import')
}
