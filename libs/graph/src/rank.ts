import { DomainError } from '@iama/kernel'

import { indexOfSymbol } from './queries.ts'
import type { CodeGraph, EdgeKind, GraphEdge } from './types.ts'

export class NoFocus extends DomainError {
  readonly code = 'GRAPH_NO_FOCUS'
  override readonly kind = 'invalid'
  constructor() {
    super('a rank needs a focus: give at least one symbol a weight above 0, and none a negative or infinite one')
  }
}

export interface RankOptions {
  /**
   * Where the walk goes: to what a symbol `uses`, to what it is `usedBy`, or `both`. Default `both`.
   */
  readonly along?: 'uses' | 'usedBy' | 'both'
  /** The chance to go on instead of starting anew in the focus: 0 to 1, default 0.85 as in Page and Brin's paper. */
  readonly damping?: number
}

/** Ranks are exact to this sum of differences, or after so many rounds. */
const PRECISION = 1e-10
const MOST_ROUNDS = 200

/** How much one kind of edge leads on. What is called tells more than what is only loaded with a file. */
const weights: Readonly<Record<EdgeKind, number>> = {
  ...{ call: 1, new: 1, extends: 1, override: 0.5, use: 0.7 },
  ...{ type: 0.4, import: 0.3, holds: 0.2 },
}
/** Who uses a thing tells less of it than what it uses: a helper has a hundred users. */
const BACKWARDS = 0.5

/** A symbol leads a little to what is around it, and so to what its file loads. */
const AROUND = 0.1

/** Said often counts more, but not as often as it is said. */
export const weightOf = ({ kind, lines }: GraphEdge): number =>
  weights[kind] * (1 + Math.log2(Math.max(1, lines.length)))

/** A row of the walk's matrix for each symbol: where it goes to and with what chance; empty where it cannot go on. */
interface Walk {
  readonly starts: Int32Array
  readonly targets: Int32Array
  readonly chances: Float64Array
}

const walkOf = (graph: CodeGraph, along: 'uses' | 'usedBy' | 'both'): Walk => {
  const starts = new Int32Array(graph.symbols.length + 1)
  const targets: number[] = []
  const chances: number[] = []
  for (let at = 0; at < graph.symbols.length; at += 1) {
    const from = targets.length
    let sum = 0
    const go = (to: number, weight: number): void => {
      if (to === at) return
      targets.push(to)
      chances.push(weight)
      sum += weight
    }
    if (along !== 'usedBy') for (const edge of graph.edgesFrom[at]!) go(edge.to, weightOf(edge))
    const back = along === 'both' ? BACKWARDS : 1
    if (along !== 'uses') for (const edge of graph.edgesTo[at]!) go(edge.from, back * weightOf(edge))
    if (along === 'both') go(graph.symbols[at]!.parent, AROUND)
    for (let each = from; each < chances.length; each += 1) chances[each]! /= sum
    starts[at + 1] = targets.length
  }
  return { starts, targets: Int32Array.from(targets), chances: Float64Array.from(chances) }
}

const focusOf = (graph: CodeGraph, focus: ReadonlyMap<string, number>): Float64Array => {
  const vector = new Float64Array(graph.symbols.length)
  let sum = 0
  for (const [id, weight] of focus) {
    if (!(weight >= 0 && weight < Infinity)) throw new NoFocus()
    vector[indexOfSymbol(graph, id)]! += weight
    sum += weight
  }
  if (!(sum > 0)) throw new NoFocus()
  return vector.map((weight) => weight / sum)
}

/** One step of the walk: who cannot go on starts anew, as does everybody with the chance that the damping leaves. */
const step = ({ starts, targets, chances }: Walk, now: Float64Array, focus: Float64Array, damping: number) => {
  const next = new Float64Array(now.length)
  let stuck = 0
  for (let at = 0; at < now.length; at += 1) {
    const share = now[at]!
    if (share === 0) continue
    if (starts[at] === starts[at + 1]) stuck += share
    for (let each = starts[at]!; each < starts[at + 1]!; each += 1)
      next[targets[each]!]! += damping * share * chances[each]!
  }
  const anew = 1 - damping + damping * stuck
  for (let at = 0; at < next.length; at += 1) next[at]! += anew * focus[at]!
  return next
}

/**
 * Personalised PageRank: the chance to be at each symbol for one who walks along the graph and starts anew in the focus
 * now and then. By the index of the symbol; sums to 1; the same for the same graph and focus.
 * @param focus symbols and how much each matters
 * @throws UnknownSymbol, NoFocus
 */
export const rank = (
  graph: CodeGraph,
  focus: ReadonlyMap<string, number>,
  { along = 'both', damping = 0.85 }: RankOptions = {},
): Float64Array => {
  const start = focusOf(graph, focus)
  const walk = walkOf(graph, along)
  let now = start
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const next = step(walk, now, start, damping)
    const difference = next.reduce((sum, value, at) => sum + Math.abs(value - now[at]!), 0)
    now = next
    if (difference < PRECISION) break
  }
  return now
}

/** What the symbols of each file rank together, by path, in the order of the graph. */
export const rankOfFiles = (graph: CodeGraph, ranks: Float64Array): Map<string, number> => {
  const files = new Map<string, number>()
  for (const [at, { path }] of graph.symbols.entries()) files.set(path, (files.get(path) ?? 0) + ranks[at]!)
  return files
}
