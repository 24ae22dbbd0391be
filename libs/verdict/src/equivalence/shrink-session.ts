import type { EncodedGraph, RawSession, RawStep } from '../sessions/records.ts'
import { ReplayBroken } from '../sessions/replay-batch.ts'
import { compare, type Compared, type Versions } from './side-by-side.ts'

type Node = Record<string, unknown>
type Graph = EncodedGraph & { n: Node[] }

const mostCandidates = 120

const withStep = (session: RawSession, at: number, step: RawStep): RawSession => ({
  ...session,
  steps: session.steps.map((each, i) => (i === at ? step : each)),
})

/** Steps whose result a later step needs, directly or in an argument. */
const isNeeded = (session: RawSession, at: number): boolean =>
  session.steps.some(({ target, input }) => {
    if ('step' in target && target.step === at) return true
    return JSON.stringify(input).includes(`["h",${at},`)
  })

/** A session without one step; the steps behind it move up. Undefined where the numbers of later ones cannot move. */
const withoutStep = (session: RawSession, at: number): RawSession | undefined => {
  if (session.steps.length < 2 || isNeeded(session, at)) return undefined
  // promises settle behind steps, by their numbers
  if (session.promises !== undefined) return undefined
  const behind = session.steps.slice(at + 1)
  const leansOnLater = behind.some(
    ({ target, input, pending, gives }) =>
      ('step' in target && target.step > at) ||
      pending !== undefined ||
      gives !== undefined ||
      /\["h",\d+,/.test(JSON.stringify(input)),
  )
  if (leansOnLater) return undefined
  return { ...session, steps: session.steps.filter((_, i) => i !== at) }
}

const simplerStrings = (text: string): string[] =>
  [...new Set(['', text.slice(0, 1), text.slice(0, text.length >> 1), text.slice(text.length >> 1)])].filter(
    (each) => each.length < text.length,
  )

const simplerNumbers = (value: number): number[] => (value === 0 || value === 1 ? [] : [0, 1])

const simplerLists = (list: readonly unknown[]): unknown[][] => {
  if (list.length === 0) return []
  const half = list.length >> 1
  const singles = list.length <= 8 ? list.map((_, at) => list.filter((_, i) => i !== at)) : []
  return [list.slice(0, half), list.slice(half), ...singles].filter((each) => each.length < list.length)
}

const simplerValues = (value: unknown): readonly unknown[] => {
  if (typeof value === 'string') return simplerStrings(value)
  return typeof value === 'number' ? simplerNumbers(value) : []
}

type Edit = (graph: Graph) => void

const listOf = (graph: Graph, id: number): unknown[] => graph.n[id]!['v'] as unknown[]
const propertiesOf = (graph: Graph, id: number): unknown[][] => (graph.n[id]!['o'] as unknown[][] | undefined) ?? []

/** Fewer arguments, and nothing in the place of an object. */
const editsOfArguments = (graph: Graph, root: number): Edit[] => {
  const args = listOf(graph, root)
  const fewer = args.slice(1).map(
    (_, i): Edit =>
      (copy) =>
        void listOf(copy, root).splice(i + 1),
  )
  const nothing = args.flatMap((value, at): Edit[] =>
    at > 0 && Array.isArray(value) ? [(copy) => (listOf(copy, root)[at] = ['u'])] : [],
  )
  return [...fewer, ...nothing]
}

const editsOfList = (graph: Graph, id: number, isRoot: boolean): Edit[] => {
  if (!Array.isArray(graph.n[id]!['v'])) return []
  const list = listOf(graph, id)
  const shorter = isRoot
    ? []
    : simplerLists(list).map(
        (each): Edit =>
          (copy) =>
            (copy.n[id]!['v'] = each),
      )
  const values = list.flatMap((value, at) =>
    isRoot && at === 0
      ? []
      : simplerValues(value).map(
          (each): Edit =>
            (copy) =>
              (listOf(copy, id)[at] = each),
        ),
  )
  return [...shorter, ...values]
}

const editsOfProperties = (graph: Graph, id: number): Edit[] => {
  const own = propertiesOf(graph, id)
  const fewer = simplerLists(own).map(
    (each): Edit =>
      (copy) =>
        (copy.n[id]!['o'] = each),
  )
  const values = own.flatMap((property, at) =>
    simplerValues(property.at(-1)).map((each): Edit => (copy) => {
      propertiesOf(copy, id)[at]!.splice(-1, 1, each)
    }),
  )
  return [...fewer, ...values]
}

/** Ways to make one input simpler, the boldest first. */
const editsOf = (graph: Graph): Edit[] => {
  const root = Array.isArray(graph.v) ? Number(graph.v[1]) : -1
  if (!Array.isArray(graph.n[root]?.['v'])) return []
  const nodes = graph.n.flatMap((_, id) => [...editsOfList(graph, id, id === root), ...editsOfProperties(graph, id)])
  return [...editsOfArguments(graph, root), ...nodes]
}

const simplerSessions = ({ session, step }: Compared): RawSession[] => {
  const until = { ...session, steps: session.steps.slice(0, step + 1) }
  const cut = until.steps.length < session.steps.length && until.steps.every(({ pending }) => pending === undefined)
  const whole = cut ? until : session
  const candidates: RawSession[] = cut ? [until] : []
  for (let at = whole.steps.length - 1; at >= 0; at--) {
    const shorter = withoutStep(whole, at)
    if (shorter !== undefined) candidates.push(shorter)
  }
  whole.steps.forEach((each, at) => {
    for (const edit of editsOf(each.input as Graph)) {
      const input = structuredClone(each.input) as Graph
      edit(input)
      candidates.push(withStep(whole, at, { ...each, input }))
    }
  })
  return candidates.slice(0, mostCandidates)
}

/** What cannot be led side by side is no smaller difference, and takes nothing from the one that was found. */
const nothingSmaller = (error: unknown): Compared[] => {
  if (error instanceof ReplayBroken) return []
  throw error
}

/**
 * The smallest session that was found to differ still: what a person has to look at. A round runs both versions twice at
 * most.
 */
export const shrink = async (versions: Versions, found: Compared, mostRounds: number): Promise<Compared> => {
  let smallest = found
  for (let round = 0; round < mostRounds; round++) {
    const candidates = simplerSessions(smallest)
    if (candidates.length === 0) return smallest
    await versions.refresh()
    const [first] = await compare(versions, candidates).catch(nothingSmaller)
    if (first === undefined) return smallest
    smallest = first
  }
  return smallest
}
