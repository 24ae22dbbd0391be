import type { EncodedGraph, RawSession, RawStep } from '../sessions/records.ts'
import type { Node } from './odd-values.ts'

/** A place in the input of a session where a value or an object stands, named so that like places have one name. */
export interface Slot {
  readonly session: RawSession
  /** The step. */
  readonly step: number
  readonly kind: 'value' | 'object' | 'array'
  /** For a value: the list that holds it is found by walking there again. For an object: its node. */
  readonly walk: readonly (string | number)[]
}

/** The node of `[receiver, ...arguments]`; -1 for a step without. */
export const rootOf = (input: EncodedGraph): number => (Array.isArray(input.v) ? Number(input.v[1]) : -1)

const isNode = (value: unknown): value is ['@', number] => Array.isArray(value) && value[0] === '@'

/** Where plain values stand below an argument: names of properties and the word for all elements, with the way there. */
const below = (
  graph: EncodedGraph,
  value: unknown,
  name: string,
  walk: readonly (string | number)[],
  visit: (name: string, kind: Slot['kind'], walk: readonly (string | number)[]) => void,
  seen: Set<number>,
): void => {
  visit(name, 'value', walk)
  if (!isNode(value) || seen.has(value[1]) || walk.length > 8) return
  seen.add(value[1])
  const node = graph.n[value[1]] as Node
  if (node['p'] !== undefined) return
  if (node['k'] === 'a' && Array.isArray(node['v'])) {
    visit(name, 'array', walk)
    // elements are alike: the first and the last stand for all
    const list = node['v'] as unknown[]
    for (const at of new Set([0, list.length - 1]))
      if (at >= 0) below(graph, list[at], `${name}[${at === 0 ? 'first' : 'last'}]`, [...walk, 'v', at], visit, seen)
  }
  if (node['k'] === 'o') {
    visit(name, 'object', walk)
    ;((node['o'] as unknown[][] | undefined) ?? []).forEach((property, at) => {
      if (property.length === 2)
        below(graph, property[1], `${name}.${String(property[0])}`, [...walk, 'o', at], visit, seen)
    })
  }
}

const sizeOf = ({ steps }: RawSession): number => JSON.stringify(steps).length

/** What is called, whatever number the step has whose result it belongs to. */
export const targetOf = ({ op, target }: RawStep): string =>
  JSON.stringify([op, 'module' in target ? target.module : '', target.path])

/** The receiver and the arguments. */
export const argumentsOf = ({ input }: RawStep): unknown[] | undefined =>
  input.n[rootOf(input)]?.['v'] as unknown[] | undefined

/** By target: how many entries the longest list of arguments had. */
export const mostArguments = (sessions: readonly RawSession[]): ReadonlyMap<string, number> => {
  const most = new Map<string, number>()
  for (const step of sessions.flatMap(({ steps }) => steps))
    most.set(targetOf(step), Math.max(argumentsOf(step)?.length ?? 0, most.get(targetOf(step)) ?? 0))
  return most
}

/** Every kind of place once, in the smallest session that has it. */
export const slotsOf = (sessions: readonly RawSession[]): readonly Slot[] => {
  const slots = new Map<string, Slot>()
  const most = mostArguments(sessions)
  const bySize = sessions.map((session) => ({ session, size: sizeOf(session) })).sort((a, b) => a.size - b.size)
  for (const { session } of bySize)
    session.steps.forEach((step, at) => {
      const args = argumentsOf(step)
      if (step.op === 'get' || args === undefined) return
      const note = (name: string, kind: Slot['kind'], walk: readonly (string | number)[]): void => {
        const key = `${targetOf(step)} ${name} ${kind}`
        if (!slots.has(key)) slots.set(key, { session, step: at, kind, walk })
      }
      args.forEach((value, i) => {
        if (i > 0) below(step.input, value, String(i), [i], note, new Set())
      })
      // one argument more than anybody passed
      if (args.length === most.get(targetOf(step))) note(String(args.length), 'value', [args.length])
    })
  return [...slots.values()]
}

/** The input of a slot's step as a copy, with the list or the node that the slot is about. */
export const openSlot = ({ session, step, walk }: Slot) => {
  const graph = structuredClone(session.steps[step]!.input) as EncodedGraph & { n: Node[] }
  const root = rootOf(graph)
  const args = graph.n[root]!['v'] as unknown[]
  let list: unknown[] = args
  let at = Number(walk[0])
  for (let i = 1; i < walk.length; i += 2) {
    const node = graph.n[(list[at] as [string, number])[1]]!
    if (walk[i] === 'v') [list, at] = [node['v'] as unknown[], Number(walk[i + 1])]
    else [list, at] = [(node['o'] as unknown[][])[Number(walk[i + 1])]!, 1]
  }
  const value = list[at]
  const node = isNode(value) ? graph.n[value[1]] : undefined
  return { draft: { graph, root, args }, list, at, node }
}
