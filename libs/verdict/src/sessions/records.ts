import { sha256 } from '@iama/patch'
import type { Graph, HandedIn, Step } from '../types.ts'
import {
  followPromises,
  handedIn,
  nextStep,
  Unfollowed,
  type Followed,
  type Happened,
  type PromiseLine,
} from './handed-in.ts'

/** What the recorder writes, a line each. Sequence numbers and sessions are local to one file (one realm). */
type RecordLine =
  | { t: 'module'; name: string }
  | { t: 'broken'; name: string; reason: string }
  | { t: 'join'; session: number; other: number }
  | { t: 'poison'; session: number; reason: string }
  | {
      t: 'step'
      seq: number
      session: number
      op: RawStep['op']
      target: RawTarget
      holder: 0 | 1
      input: EncodedGraph
      run?: number
    }
  | { t: 'pending'; seq: number; run?: number }
  | { t: 'outcome'; seq: number; at: number; kind: string; graph: EncodedGraph; gives?: number[]; run?: number }
  | { t: 'gave'; promise: number }
  | { t: 'answer'; session: number; cb: number; n: number; late: 0 | 1; a: Record<string, unknown>; run?: number }
  | PromiseLine

export interface EncodedGraph {
  readonly v: unknown
  readonly n: readonly Record<string, unknown>[]
}

type RawTarget = { module: string; path: unknown[] } | { seq: number; path: unknown[] }

/** A step before it has a label; its input is known to be an encoded graph. */
export type RawStep = Omit<Step, 'label' | 'input'> & { readonly input: EncodedGraph }

export interface RawSession {
  readonly id: string
  readonly modules: readonly string[]
  readonly steps: readonly RawStep[]
  readonly callbacks: Readonly<Record<string, readonly Graph[]>>
  /** Absent where no promise came in. */
  readonly promises?: Readonly<Record<string, HandedIn>>
  /** Callbacks came after the call that was given them had returned. */
  readonly async: boolean
  /** What came out when it was recorded: one canonical text a step. */
  readonly recorded: readonly string[]
}

export interface Assembled {
  readonly sessions: readonly RawSession[]
  /** In the order of their first evaluation. */
  readonly modules: readonly string[]
  readonly broken: readonly { readonly module: string; readonly reason: string }[]
  readonly calls: number
  readonly tooLarge: number
  readonly undriven: number
  readonly duplicates: number
}

const maxSteps = 200

interface Gathered {
  steps: Extract<RecordLine, { t: 'step' }>[]
  answers: Extract<RecordLine, { t: 'answer' }>[]
  poison: string | undefined
}

const parseLines = (text: string): RecordLine[] =>
  text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as RecordLine]
    } catch {
      return [] // the process was killed while it wrote its last line
    }
  })

/** Node fields that hold lists; a boxed primitive's `v` is never one. */
const lists = new Set(['v', 'e', 'o'])

interface Numbers {
  readonly stepOf: (seq: number) => number
  readonly callback: (id: number) => number
  readonly promise: (id: number) => number
}

/** Replaces step numbers of the recording process by places in the session, others by small ones. */
const renumber = (graph: EncodedGraph, { stepOf, callback, promise }: Numbers): EncodedGraph => {
  const visit = (value: unknown): unknown => {
    if (!Array.isArray(value)) return value
    if (value[0] === 'h' && value.length === 3 && typeof value[1] === 'number') return ['h', stepOf(value[1]), value[2]]
    return value.map(visit)
  }
  // elements and properties are lists of values: they must not be taken for a value themselves
  const visitList = (key: string, kind: unknown, list: readonly unknown[]): unknown[] =>
    list.map((item) => ((key === 'o' || kind === 'm') && Array.isArray(item) ? item.map(visit) : visit(item)))
  const nodes = graph.n.map((node) => {
    const copy: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(node)) {
      if (key === 'h') copy[key] = stepOf(value as number)
      else if (key === 'cb') copy[key] = callback(value as number)
      else if (key === 'in') copy[key] = promise(value as number)
      else copy[key] = lists.has(key) && Array.isArray(value) ? visitList(key, node['k'], value) : visit(value)
    }
    return copy
  })
  return { v: visit(graph.v), n: nodes }
}

class LostStep extends Error {}

const withPause = (step: RawStep, pause: 0 | 1 | undefined): RawStep =>
  pause === undefined ? step : { ...step, pause }

/** Whether some promise settled only behind something that the session did. */
const isLater = (given: RawSession['promises']): boolean =>
  Object.values(given ?? {}).some(({ after }) => after !== undefined)

/** What the lines of one file say, by the recorder's numbers. */
interface Recorded {
  readonly outcomes: ReadonlyMap<number, Extract<RecordLine, { t: 'outcome' }>>
  readonly pending: ReadonlyMap<number, Extract<RecordLine, { t: 'pending' }>>
  readonly promises: ReadonlyMap<number, Followed>
  /** Where a promise settled that stands inside of what was given. */
  readonly gave: ReadonlyMap<number, number>
  /** The place of a line among all. */
  readonly order: ReadonlyMap<RecordLine, number>
}

/** Numbers in the order in which they are asked for. */
const numbering = () => {
  const numbers = new Map<number, number>()
  const numberOf = (id: number): number => {
    if (!numbers.has(id)) numbers.set(id, numbers.size)
    return numbers.get(id)!
  }
  return { numbers, numberOf }
}

/** Which of the promises inside of an outcome settled, and before which step. */
const givenIn = (
  { gives = [] }: Extract<RecordLine, { t: 'outcome' }>,
  gave: ReadonlyMap<number, number>,
  begun: readonly number[],
): Pick<Step, 'gives'> => {
  const settled = gives.map((id) => (gave.has(id) ? nextStep(begun, gave.get(id)!) : null))
  return settled.some((until) => until !== null) ? { gives: settled } : {}
}

const buildSession = (gathered: Gathered, { outcomes, pending, promises, gave, order }: Recorded) => {
  const steps = gathered.steps.sort((a, b) => a.seq - b.seq).slice(0, maxSteps)
  const places = new Map(steps.map((step, i) => [step.seq, i]))
  const begun = steps.map((step) => order.get(step)!)
  const { numbers: callbackIds, numberOf: callback } = numbering()
  const { numbers: promiseIds, numberOf: promise } = numbering()
  const stepOf = (seq: number): number => {
    const place = places.get(seq)
    if (place === undefined) throw new LostStep(`step ${seq}`)
    return place
  }
  const to: Numbers = { stepOf, callback, promise }
  const events: Happened[] = []
  const note = (line: RecordLine & { run?: number }, moment: Happened['moment']): void =>
    void events.push({ at: order.get(line)!, run: line.run, moment })
  const recorded: string[] = []
  const built = steps.map((step, i): RawStep => {
    const outcome = outcomes.get(step.seq)
    if (outcome === undefined) throw new LostStep('no outcome')
    const input = renumber(step.input, to)
    recorded.push(`${outcome.kind} ${JSON.stringify(renumber(outcome.graph, to))}`)
    const waiting = pending.get(step.seq)
    note(step, ['step', i])
    if (waiting !== undefined) note(waiting, ['step', i])
    note(outcome, [waiting === undefined ? 'step' : 'outcome', i])
    const target = 'module' in step.target ? step.target : { step: stepOf(step.target.seq), path: step.target.path }
    const settled = steps.findIndex((later, j) => j > i && later.seq >= outcome.at)
    const awaited = waiting !== undefined ? { pending: settled < 0 ? steps.length : settled } : {}
    return { op: step.op, target, holder: step.holder, input, ...awaited, ...givenIn(outcome, gave, begun) }
  })
  const callbacks: Record<string, Graph[]> = {}
  const calls = new Map<string, readonly [number, number]>()
  for (const answer of gathered.answers.sort((a, b) => a.n - b.n)) {
    if (!callbackIds.has(answer.cb)) continue
    const [kind, graph] = Object.entries(answer.a)[0]!
    const value = Array.isArray(graph) ? graph : renumber(graph as EncodedGraph, to)
    const answers = (callbacks[callback(answer.cb)] ??= [])
    const call = [callback(answer.cb), answers.push({ [kind]: value }) - 1] as const
    calls.set(`${answer.cb} ${answer.n}`, call)
    note(answer, ['answer', ...call])
  }
  const given =
    promiseIds.size === 0
      ? undefined
      : handedIn(promiseIds, {
          promises,
          events,
          begun,
          callOf: (id, n) => calls.get(`${id} ${n}`),
          renumber: (graph) => renumber(graph, to),
        })
  const modules = [...new Set(built.flatMap((step) => ('module' in step.target ? [step.target.module] : [])))].sort()
  const async = built.some((step) => step.pending !== undefined || step.gives !== undefined)
  return {
    modules,
    steps: given === undefined ? built : built.map((step, i) => withPause(step, given.pauses[i])),
    callbacks,
    ...(given === undefined ? {} : { promises: given.promises }),
    async: async || gathered.answers.some((answer) => answer.late === 1) || isLater(given?.promises),
    recorded,
  }
}

const assembleFile = (lines: readonly RecordLine[]) => {
  const parent = new Map<number, number>()
  const find = (session: number): number => {
    let at = session
    while (parent.has(at)) at = parent.get(at)!
    return at
  }
  for (const line of lines) if (line.t === 'join') parent.set(line.session, line.other)
  const gathered = new Map<number, Gathered>()
  const at = (session: number): Gathered => {
    const root = find(session)
    if (!gathered.has(root)) gathered.set(root, { steps: [], answers: [], poison: undefined })
    return gathered.get(root)!
  }
  const outcomes = new Map<number, Extract<RecordLine, { t: 'outcome' }>>()
  const pending = new Map<number, Extract<RecordLine, { t: 'pending' }>>()
  const gave = new Map<number, number>()
  for (const [at, line] of lines.entries()) if (line.t === 'gave') gave.set(line.promise, at)
  for (const line of lines) {
    if (line.t === 'step') at(line.session).steps.push(line)
    else if (line.t === 'answer') at(line.session).answers.push(line)
    else if (line.t === 'poison') at(line.session).poison ??= line.reason
    else if (line.t === 'outcome') outcomes.set(line.seq, line)
    else if (line.t === 'pending') pending.set(line.seq, line)
  }
  const order = new Map(lines.map((line, at) => [line, at]))
  const promises = followPromises(lines)
  return { groups: [...gathered.values()], recorded: { outcomes, pending, promises, gave, order } }
}

/** Turns the recorder's files into sessions: joined, renumbered, deduplicated. */
export const assembleSessions = (texts: readonly string[]): Assembled => {
  const modules = new Set<string>()
  const broken: { module: string; reason: string }[] = []
  const unique = new Map<string, RawSession>()
  const counts = { calls: 0, tooLarge: 0, undriven: 0, duplicates: 0 }
  for (const text of texts) {
    const lines = parseLines(text)
    for (const line of lines) {
      if (line.t === 'module') modules.add(line.name)
      if (line.t === 'broken') broken.push({ module: line.name, reason: line.reason })
      if (line.t === 'step') counts.calls++
    }
    const { groups, recorded } = assembleFile(lines)
    for (const group of groups) {
      if (group.poison?.includes('too large') === true) counts.tooLarge++
      else if (group.poison !== undefined) counts.undriven++
      else {
        try {
          const session = buildSession(group, recorded)
          const { modules: _, ...key } = session
          const id = sha256(Buffer.from(JSON.stringify(key))).slice(0, 16)
          if (unique.has(id)) counts.duplicates++
          else if (session.steps.length > 0) unique.set(id, { id, ...session })
        } catch (error) {
          if (!(error instanceof LostStep || error instanceof Unfollowed)) throw error
          counts.undriven++
        }
      }
    }
  }
  return { sessions: [...unique.values()], modules: [...modules], broken, ...counts }
}
