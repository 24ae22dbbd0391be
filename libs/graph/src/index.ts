export { buildGraph } from './build-graph.ts'
export { FactsCache } from './facts-cache.ts'
export { factsOf } from './facts/file-facts.ts'
export type {
  ExportFact,
  FileFacts,
  ImportFact,
  Range,
  ReferenceFact,
  ReferenceKind,
  SymbolFact,
  SymbolKind,
  Target,
} from './facts/types.ts'
export { impactOf, testsReaching, type Impact } from './impact.ts'
export { moduleResolver, type Resolve } from './module-resolution.ts'
export { callersOf, isTestFile, referencesTo, symbolsAt, UnknownSymbol, type Mention } from './queries.ts'
export { NoFocus, rank, rankOfFiles, type RankOptions } from './rank.ts'
export type { CodeGraph, EdgeKind, GraphEdge, GraphSymbol, Unread } from './types.ts'
