import type { EncodedGraph, RawSession, RawStep } from '../sessions/records.ts'
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
  const behind = session.steps.slice(at + 1)
  const leansOnLater = behind.some(
    ({ target, input, pending }) =>
      ('step' in target && target.step > at) || pending !== undefined || /\["h",\d+,/.test(JSON.stringify(input)),
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

type Edit = (graph: Graph) => void

/** Ways to make one input simpler, the boldest first. */
const editsOf = (graph: Graph): Edit[] => {
  const root = Array.isArray(graph.v) ? Number(graph.v[1]) : -1
  const edits: Edit[] = []
  const args = graph.n[root]?.['v'] as unknown[] | undefined
  if (args === undefined) return []
  for (let kept = 1; kept < args.length; kept++)
    edits.push((copy) => void (copy.n[root]!['v'] as unknown[]).splice(kept))
  for (let at = 1; at < args.length; at++)
    if (Array.isArray(args[at])) edits.push((copy) => ((copy.n[root]!['v'] as unknown[])[at] = ['u']))
  graph.n.forEach((node, id) => {
    if (id !== root && Array.isArray(node['v'])) {
      for (const list of simplerLists(node['v'] as unknown[])) edits.push((copy) => (copy.n[id]!['v'] = list))
    }
    const own = node['o'] as unknown[][] | undefined
    if (own !== undefined) for (const list of simplerLists(own)) edits.push((copy) => (copy.n[id]!['o'] = list as []))
    if (node['x'] === 0) edits.push((copy) => delete copy.n[id]!['x'])
    const slots: [string, readonly unknown[]][] = Array.isArray(node['v']) ? [['v', node['v'] as unknown[]]] : []
    for (const [field, list] of slots)
      list.forEach((value, at) => {
        if (id === root && at === 0) return
        const simpler: readonly unknown[] =
          typeof value === 'string' ? simplerStrings(value) : typeof value === 'number' ? simplerNumbers(value) : []
        for (const each of simpler) edits.push((copy) => ((copy.n[id]![field] as unknown[])[at] = each))
      })
    own?.forEach((property, at) => {
      const value = property.at(-1)
      const simpler: readonly unknown[] =
        typeof value === 'string' ? simplerStrings(value) : typeof value === 'number' ? simplerNumbers(value) : []
      for (const each of simpler)
        edits.push((copy) => {
          const properties = copy.n[id]!['o'] as unknown[][]
          properties[at] = [...properties[at]!.slice(0, -1), each]
        })
    })
  })
  return edits
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
    const [first] = await compare(versions, candidates)
    if (first === undefined) return smallest
    smallest = first
  }
  return smallest
}
