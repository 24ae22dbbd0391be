import { Entities, ownName, type ReadFile } from './entities.ts'
import type { ReferenceFact } from './facts/types.ts'
import type { Resolve } from './module-resolution.ts'
import type { CodeGraph, EdgeKind, GraphEdge, GraphSymbol, Unread } from './types.ts'

export type { ReadFile } from './entities.ts'

type Place = Entities['places'][number]

interface Joined extends GraphEdge {
  readonly lines: number[]
}

/** Collects edges, one for each pair and kind. */
class Edges {
  readonly from: Joined[][]
  private readonly known = new Map<string, Joined>()

  constructor(symbols: number) {
    this.from = Array.from({ length: symbols }, () => [])
  }

  add(from: number, to: number, kind: EdgeKind, lines: readonly number[]): void {
    const key = `${from} ${to} ${kind}`
    const known = this.known.get(key)
    if (known !== undefined) {
      known.lines.push(...lines)
      return
    }
    const edge: Joined = { from, to, kind, lines: [...lines] }
    this.known.set(key, edge)
    this.from[from]!.push(edge)
  }

  /** In the order of the text: a line for each place, however it came to be known. */
  sorted(): Joined[][] {
    for (const each of this.from) {
      for (const { lines } of each) lines.sort((one, other) => one - other)
      each.sort((one, other) => one.to - other.to || (one.kind < other.kind ? -1 : 1))
    }
    return this.from
  }
}

const callsThrough = new Set(['call', 'apply'])

/** Whether a symbol stands inside of another one. */
const isWithin = (place: Place, from: number, to: number): boolean => {
  for (let at = from - place.start; at !== -1; at = place.facts.symbols[at]!.parent)
    if (place.start + at === to) return true
  return false
}

const addReference = (edges: Edges, entities: Entities, place: Place, reference: ReferenceFact): void => {
  const found = entities.find(place, reference.target)
  if (found === undefined) return
  const from = place.start + reference.from
  const { symbol, rest } = found
  // `this.x` of which nothing is known says nothing more than that a class speaks of itself.
  if (rest.length > 0 && isWithin(place, from, symbol)) return
  const isInner = rest.length > 0 && !(rest.length === 1 && callsThrough.has(rest[0]!))
  const kind = isInner && (reference.kind === 'call' || reference.kind === 'new') ? 'use' : reference.kind
  edges.add(from, symbol, kind, reference.lines)
  const maker = kind === 'new' ? entities.memberOf(symbol, 'constructor') : undefined
  if (maker !== undefined) edges.add(from, maker, 'new', reference.lines)
}

const addStructure = (edges: Edges, entities: Entities, { start, facts, imported }: Place): void => {
  for (const [at, { parent, isMember, runsOnLoad, name, ranges }] of facts.symbols.entries()) {
    const line = ranges[0]![2]
    if (isMember) edges.add(start + parent, start + at, 'holds', [line])
    if (runsOnLoad) edges.add(start, start + at, 'holds', [line])
    const own = isMember ? ownName(facts.symbols[parent]!.name, name) : undefined
    if (own === undefined || own === 'constructor') continue
    for (const base of entities.basesOf(start + parent)) {
      const replaced = entities.memberOf(base, own)
      if (replaced !== undefined) edges.add(replaced, start + at, 'override', [])
    }
  }
  for (const [at, { typeOnly, line }] of facts.imports.entries()) {
    const target = imported[at]
    if (target !== undefined && target.start !== start)
      edges.add(start, target.start, typeOnly ? 'type' : 'import', [line])
  }
}

/** Joins the facts of files to a graph. */
export const linkFiles = (files: readonly ReadFile[], resolve: Resolve, unread: readonly Unread[]): CodeGraph => {
  const entities = new Entities(files, resolve)
  const symbols = entities.places.flatMap(({ path, facts, start }) =>
    facts.symbols.map(({ name, kind, ranges, parent }): GraphSymbol => {
      return {
        id: name === '' ? path : `${path}#${name}`,
        path,
        name,
        kind,
        ranges,
        parent: start + Math.max(0, parent),
      }
    }),
  )
  const edges = new Edges(symbols.length)
  for (const place of entities.places) {
    addStructure(edges, entities, place)
    for (const reference of place.facts.references) addReference(edges, entities, place, reference)
  }
  const edgesFrom = edges.sorted()
  const edgesTo: GraphEdge[][] = symbols.map(() => [])
  for (const each of edgesFrom) for (const edge of each) edgesTo[edge.to]!.push(edge)
  return {
    symbols,
    indexOf: new Map(symbols.map(({ id }, at) => [id, at])),
    files: new Map(entities.places.map(({ path, start }) => [path, start])),
    edgesFrom,
    edgesTo,
    unread,
    lines: entities.places.reduce((sum, { facts }) => sum + facts.lines, 0),
  }
}
