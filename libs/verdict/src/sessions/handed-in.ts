import type { HandedIn, Moment } from '../types.ts'
import type { EncodedGraph } from './records.ts'

/** What the recorder writes of a promise that came in. */
export type PromiseLine =
  | { t: 'incoming'; promise: number; state: 'pending' | 'fulfilled' | 'rejected' }
  | { t: 'settling'; promise: number; inside?: readonly [number, number]; run?: number }
  | { t: 'settled'; promise: number; kind: 'resolve' | 'reject'; graph?: SettledGraph; undriven?: string }
  | { t: 'unread'; promise: number }

/** A value, or what a call of a callback was given: `['arg', callback, call, index]`. */
type SettledGraph = EncodedGraph | readonly ['arg', number, number, number]

/** Something that happened, at its place among all records. */
export interface Happened {
  readonly at: number
  /** The same number: no reaction ran in between. */
  readonly run: number | undefined
  readonly moment: Moment
}

export interface Followed {
  readonly wasPending: boolean
  /** Rejected, and nobody had looked at it: the reason is not known. */
  isUnread?: boolean
  settling?: { readonly at: number; readonly run: number | undefined; readonly inside?: readonly [number, number] }
  settled?: { readonly at: number; readonly line: Extract<PromiseLine, { t: 'settled' }> }
}

/** What became of each promise, by the recorder's number. */
export const followPromises = (lines: readonly { readonly t: string }[]): ReadonlyMap<number, Followed> => {
  const promises = new Map<number, Followed>()
  for (const [at, each] of lines.entries()) {
    const line = each as PromiseLine
    if (line.t === 'incoming') promises.set(line.promise, { wasPending: line.state === 'pending' })
    const known = promises.get(line.promise)
    if (known === undefined) continue
    // a promise that was told to follow another one settles when that does
    if (line.t === 'settling') known.settling = { at, run: line.run, ...(line.inside && { inside: line.inside }) }
    if (line.t === 'settled') known.settled = { at, line }
    if (line.t === 'unread') known.isUnread = true
  }
  return promises
}

/** A session as far as its promises hang on it. */
export interface Around {
  readonly promises: ReadonlyMap<number, Followed>
  /** In their order: steps and answers of callbacks. */
  readonly events: readonly Happened[]
  /** Where each step was begun. */
  readonly begun: readonly number[]
  /** The call of a callback as the session counts it; undefined where it has none of it. */
  readonly callOf: (callback: number, call: number) => readonly [number, number] | undefined
  readonly renumber: (graph: EncodedGraph) => EncodedGraph
}

/** It is not known with what a promise settled: the session cannot be driven. */
export class Unfollowed extends Error {}

export interface Given {
  readonly promises: Readonly<Record<string, HandedIn>>
  /** By step. */
  readonly pauses: readonly (0 | 1 | undefined)[]
}

interface Timed {
  readonly id: number
  readonly followed: Followed
}

const valueOf = ({ settled }: Followed, { renumber, callOf }: Around): HandedIn => {
  if (settled === undefined) return {}
  const { kind, graph } = settled.line
  if (graph === undefined) throw new Unfollowed('a promise settles with what cannot be driven')
  if ('v' in graph) return { [kind]: renumber(graph) }
  const call = callOf(graph[1], graph[2])
  if (call === undefined) throw new Unfollowed('a promise settles with what a call was given that is not there')
  return { [kind]: ['arg', ...call, graph[3]] }
}

/** The first step that was begun behind a place among the records. */
export const nextStep = (begun: readonly number[], at: number): number => {
  const found = begun.findIndex((step) => step > at)
  return found < 0 ? begun.length : found
}

const isSame = (one: readonly unknown[], other: readonly unknown[] | undefined): boolean =>
  other !== undefined && one.every((each, i) => each === other[i])

/** Behind what a promise settled: inside of a callback, else behind the last thing that had happened. */
const momentOf = ({ followed }: Timed, events: readonly Happened[], last: Timed | undefined, around: Around) => {
  const { at, run, inside } = followed.settling!
  const call = inside && around.callOf(inside[0], inside[1])
  if (call !== undefined) {
    const isBehind = isSame(inside!, last?.followed.settling?.inside)
    return { after: isBehind ? (['settled', last!.id] as const) : (['answer', ...call] as const) }
  }
  const before = events.filter((each) => each.at < at).at(-1)!
  return { after: before.moment, ...(before.run !== run && { later: 1 as const }) }
}

/** What was waited for is waited for again: there is no more to say of a step behind it. */
const pauseBefore = (at: number, events: readonly Happened[]): 0 | 1 | undefined => {
  const step = events.find((each) => each.at === at)
  const last = events.filter((each) => each.at < at).at(-1)
  if (step?.run === undefined || last?.run === undefined || last.moment[0] === 'outcome') return undefined
  return step.run === last.run ? 0 : 1
}

/**
 * The promises that a session is given, by the session's numbers, which `numbers` holds by the recorder's; values may
 * bring more of them.
 * @throws Unfollowed
 */
export const handedIn = (numbers: ReadonlyMap<number, number>, around: Around): Given => {
  const { promises, begun } = around
  const found: Record<string, HandedIn> = {}
  const timed: Timed[] = []
  for (const [raw, id] of numbers) {
    const followed = promises.get(raw)
    if (followed === undefined) throw new Unfollowed('a promise that never came in')
    if (followed.settled === undefined && (!followed.wasPending || followed.isUnread))
      throw new Unfollowed('a rejection that nobody looks at')
    found[id] = valueOf(followed, around)
    const isLater = followed.wasPending && followed.settled !== undefined
    if (isLater && followed.settling !== undefined && followed.settling.at > begun[0]!) timed.push({ id, followed })
  }
  timed.sort((a, b) => a.followed.settling!.at - b.followed.settling!.at)
  const events = [...around.events].sort((a, b) => a.at - b.at)
  for (const [i, each] of timed.entries()) {
    const settling = each.followed.settling!
    const moment = momentOf(each, events, timed[i - 1], around)
    found[each.id] = { ...found[each.id], ...moment, until: nextStep(begun, settling.at) }
    events.push({ at: settling.at, run: settling.run, moment: ['settled', each.id] })
    events.sort((a, b) => a.at - b.at)
  }
  return { promises: found, pauses: begun.map((at) => pauseBefore(at, events)) }
}
