import { sha256 } from '@iama/patch'
import type { Mutant } from './types.ts'

const rank = (seed: number, text: string): string => sha256(Buffer.from(`${seed}\0${text}`))

const byRank = <Item>(items: readonly Item[], rankOf: (item: Item) => string): Item[] =>
  items
    .map((item) => ({ item, rank: rankOf(item) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
    .map(({ item }) => item)

const grouped = <Item>(items: readonly Item[], keyOf: (item: Item) => string): [string, Item[]][] => {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups]
}

/** Takes one of each list in turn until all are empty. */
const inTurn = <Item>(lists: readonly (readonly Item[])[]): Item[] => {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat()
}

/**
 * At most `count` mutants, in the order of the list: functions take turns, and within a function operators do, so that
 * a long function or a frequent operator does not stand for all. The same seed picks the same.
 */
export const sampleMutants = (mutants: readonly Mutant[], count: number, seed: number): readonly Mutant[] => {
  if (mutants.length <= count) return mutants
  const functions = byRank(
    grouped(mutants, ({ file, scope }) => `${file}\0${scope}`),
    ([key]) => rank(seed, key),
  ).map(([key, members]) => {
    const operators = byRank(
      grouped(members, ({ operator }) => operator),
      ([operator]) => rank(seed, `${key}\0${operator}`),
    )
    return inTurn(operators.map(([, list]) => byRank(list, ({ id }) => rank(seed, id))))
  })
  const chosen = new Set(inTurn(functions).slice(0, Math.max(0, count)))
  return mutants.filter((mutant) => chosen.has(mutant))
}
