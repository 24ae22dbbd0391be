import type { Tree } from '@iama/patch'

import { buildGraph, callersOf, type CodeGraph } from '../../src/index.ts'

export const treeOf = (files: Readonly<Record<string, string>>): Tree =>
  new Map(Object.entries(files).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]))

export const graphOf = (files: Readonly<Record<string, string>>): CodeGraph => buildGraph(treeOf(files))

/** `from kind to` of every edge but those that hold and load, in the order of the graph. */
export const edgesOf = (graph: CodeGraph, hidden: readonly string[] = ['holds', 'import']): string[] =>
  graph.edgesFrom
    .flat()
    .filter(({ kind }) => !hidden.includes(kind))
    .map(({ from, to, kind }) => `${graph.symbols[from]!.id} ${kind} ${graph.symbols[to]!.id}`)

export const callerIds = (graph: CodeGraph, id: string): string[] => callersOf(graph, id).map(({ from }) => from.id)

/** A graph as plain data, whatever its indexes are. */
export const plain = (graph: CodeGraph) => ({
  symbols: graph.symbols,
  edges: graph.edgesFrom.flat(),
  back: graph.edgesTo.flat(),
  files: [...graph.files],
  unread: graph.unread,
  lines: graph.lines,
})
