import { sha256 } from '@iama/patch'
import type { EncodedGraph, RawSession, RawStep } from './records.ts'
import { Seeded } from './seeded.ts'
import type { SourceWords } from './source-words.ts'

type Node = Record<string, unknown>

const mutateString = (text: string, words: SourceWords, random: Seeded): string => {
  const at = random.below(text.length + 1)
  if (words.strings.length > 0 && random.next() < 0.35) return random.pick(words.strings)
  const choices: (() => string)[] = [
    () => '',
    () => text.slice(0, at) + text.slice(at + 1),
    () =>
      text.slice(0, at) + random.pick(['-', '=', '.', ' ', '0', 'a', '\n', '\u00e9', '_', '/', '"']) + text.slice(at),
    () => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()),
    () => text + text,
    () => (words.strings.length === 0 ? `${text} ` : text.slice(0, at) + random.pick(words.strings) + text.slice(at)),
    () => (words.keys.length === 0 ? text.slice(1) : random.pick(words.keys)),
  ]
  return random.pick(choices)()
}

/** Half of the time the borders that the code itself names: its numbers, one less and one more. */
const mutateNumber = (value: number, words: SourceWords, random: Seeded): unknown => {
  if (words.numbers.length > 0 && random.next() < 0.5) return random.pick(words.numbers) + random.pick([-1, 0, 0, 1])
  return random.pick<unknown>([0, 1, ['n', '-0'], -value, value + 1, value - 1, value + 0.5, value * 1_000])
}

/** Another value of the same type: what a caller could have passed. Undefined where nothing is known to try. */
const mutateValue = (value: unknown, words: SourceWords, random: Seeded): unknown => {
  if (typeof value === 'string') return mutateString(value, words, random)
  if (typeof value === 'number') return mutateNumber(value, words, random)
  return typeof value === 'boolean' ? !value : undefined
}

type Place = { readonly list: unknown[]; readonly index: number }

/** Where plain values stand in a graph: elements of dense arrays and properties; the receiver is left alone. */
export const places = (graph: EncodedGraph, root: number): Place[] => {
  const found: Place[] = []
  for (const [id, node] of graph.n.entries()) {
    if (node['k'] === 'a' && Array.isArray(node['v'])) {
      const list = node['v'] as unknown[]
      list.forEach((_, index) => {
        if (id !== root || index > 0) found.push({ list, index })
      })
    }
    if (node['k'] === 'o' || node['k'] === 'a')
      for (const property of (node['o'] as unknown[][] | undefined) ?? [])
        if (property.length === 2) found.push({ list: property, index: 1 })
  }
  return found.filter(({ list, index }) => ['string', 'number', 'boolean'].includes(typeof list[index]))
}

const containers = (graph: EncodedGraph, root: number): Node[] =>
  graph.n.filter(
    (node, id) =>
      id !== root && node['p'] === undefined && (node['k'] === 'o' || (node['k'] === 'a' && Array.isArray(node['v']))),
  )

const reshape = (node: Node, words: SourceWords, random: Seeded): boolean => {
  const key = node['k'] === 'a' ? 'v' : 'o'
  const list = (node[key] as unknown[] | undefined) ?? []
  const action = random.below(4)
  if (list.length > 0 && action === 0) list.splice(random.below(list.length), 1)
  else if (key === 'v' && list.length > 0 && action === 1) list.splice(random.below(list.length), 0, random.pick(list))
  else if (key === 'v' && list.length > 1 && action === 2) list.push(list.shift())
  else if (key === 'v' && words.strings.length > 0) list.push(random.pick(words.strings))
  else if (key === 'o' && words.keys.length > 0) {
    const name = random.pick(words.keys)
    if (name === '__proto__' || list.some((property) => (property as unknown[])[0] === name)) return false
    list.push([name, random.pick<unknown>([true, false, 1, 'x', ['u'], null])])
  } else return false
  node[key] = list
  return true
}

/** The step with one argument changed to another value of its type; undefined where nothing is known to try. */
export const mutateStep = (step: RawStep, words: SourceWords, random: Seeded): RawStep | undefined => {
  const input = structuredClone(step.input) as { v: unknown; n: Node[] }
  const root = Array.isArray(input.v) ? Number(input.v[1]) : -1
  const args = input.n[root]?.['v'] as unknown[] | undefined
  if (args === undefined || args.length < 2) return undefined
  const candidates = places(input, root)
  const shapes = containers(input, root)
  const choice = random.next()
  if (choice < 0.06) args.pop()
  else if (choice < 0.35 && shapes.length > 0) {
    if (!reshape(random.pick(shapes), words, random)) return undefined
  } else if (candidates.length > 0) {
    const { list, index } = random.pick(candidates)
    const mutated = mutateValue(list[index], words, random)
    if (mutated === undefined || mutated === list[index]) return undefined
    list[index] = mutated
  } else return undefined
  return { ...step, input }
}

/**
 * Neighbours of recorded sessions: the last call with one argument changed to another value of its type, taken where
 * possible from the modules' own literals and property names. Same seed, same mutants.
 */
export const mutateSessions = (
  sessions: readonly RawSession[],
  words: SourceWords,
  limit: number,
  seed: number,
): RawSession[] => {
  const random = new Seeded(seed)
  // what has no function and no promise among its inputs: answers would belong to calls that the mutant does not make,
  // and promises would settle behind them
  const sources = sessions.filter(
    ({ callbacks, promises, async }) => Object.keys(callbacks).length === 0 && promises === undefined && !async,
  )
  const known = new Set(sessions.map((session) => JSON.stringify(session.steps)))
  const mutants: RawSession[] = []
  if (sources.length === 0) return mutants
  for (let tries = 0; tries < limit * 4 && mutants.length < limit; tries++) {
    const source = sources[tries % sources.length]!
    const last = source.steps.at(-1)!
    if (last.op !== 'call' && last.op !== 'construct') continue
    const mutated = mutateStep(last, words, random)
    if (mutated === undefined) continue
    const steps = [...source.steps.slice(0, -1), mutated]
    const key = JSON.stringify(steps)
    if (known.has(key)) continue
    known.add(key)
    mutants.push({ ...source, id: sha256(Buffer.from(key)).slice(0, 16), steps, recorded: [] })
  }
  return mutants
}
