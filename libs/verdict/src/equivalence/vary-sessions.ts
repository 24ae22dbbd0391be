import { sha256 } from '@iama/patch'
import { mutateStep, places } from '../sessions/mutate-sessions.ts'
import type { EncodedGraph, RawSession, RawStep } from '../sessions/records.ts'
import { Seeded, spread } from '../sessions/seeded.ts'
import type { SourceWords } from '../sessions/source-words.ts'
import { oddDrafts } from './odd-drafts.ts'
import { oddFor, putOdd, reshapeOddly, type Draft, type Node } from './odd-values.ts'
import { argumentsOf, mostArguments, rootOf, slotsOf, targetOf } from './slots.ts'
import { withOtherPromises } from './vary-promises.ts'

/** What was passed to each function: plain values by the place of the argument, and the most arguments of a call. */
interface Passed {
  readonly values: ReadonlyMap<string, readonly unknown[]>
  readonly most: ReadonlyMap<string, number>
}

const passedOf = (sessions: readonly RawSession[]): Passed => {
  const values = new Map<string, unknown[]>()
  for (const step of sessions.flatMap(({ steps }) => steps))
    argumentsOf(step)?.forEach((value, at) => {
      if (at === 0 || (typeof value === 'object' && value !== null)) return
      const key = `${targetOf(step)} ${at}`
      const known = values.get(key) ?? []
      if (known.length < 200 && !known.includes(value)) values.set(key, [...known, value])
    })
  return { values, most: mostArguments(sessions) }
}

/** One change of the arguments of one step. @returns false where nothing came of it */
const change = (draft: Draft, step: RawStep, passed: Passed, random: Seeded): boolean => {
  const { args, graph, root } = draft
  // values stay of the kind that was recorded, whatever an earlier change has put in their place
  const recordedAt = (at: number): unknown => argumentsOf(step)?.[at]
  const kind = random.next()
  if (kind < 0.3) {
    if (args.length < 2) return false
    const at = 1 + random.below(args.length - 1)
    const others = passed.values.get(`${targetOf(step)} ${at}`) ?? []
    if (others.length > 0 && random.next() < 0.5) args[at] = random.pick(others)
    else putOdd(draft, args, at, random.pick(oddFor(draft, recordedAt(at))))
    return true
  }
  if (kind < 0.6) {
    const inner = places(graph, root).filter(({ list }) => list !== args)
    if (inner.length === 0) return false
    const { list, index } = random.pick(inner)
    const value = random.pick(oddFor(draft, list[index]))
    list[index] = value
    // the same value where it is looked for, too
    const elsewhere = 1 + random.below(Math.max(1, args.length - 1))
    if (args.length > 2 && random.next() < 0.3 && !Array.isArray(recordedAt(elsewhere))) args[elsewhere] = value
    return true
  }
  if (kind < 0.9) return reshapeOddly(draft, random)
  if (kind < 0.95 && args.length > 2) {
    // the same object twice
    const last = args.length - 1
    if (Array.isArray(recordedAt(last)) !== Array.isArray(recordedAt(1))) return false
    args[last] = args[1]
    return true
  }
  if (args.length < (passed.most.get(targetOf(step)) ?? 0)) return false
  args.push(random.pick(oddFor(draft, undefined)))
  return true
}

const varyStep = (
  step: RawStep,
  { words, passed, random }: { words: SourceWords; passed: Passed; random: Seeded },
): RawStep | undefined => {
  if (random.next() < 0.35) return mutateStep(step, words, random)
  const input = structuredClone(step.input) as EncodedGraph & { n: Node[] }
  const root = rootOf(input)
  const args = argumentsOf({ ...step, input })
  if (args === undefined) return undefined
  const draft: Draft = { graph: input, root, args }
  const changes = 1 + random.below(2)
  let changed = false
  for (let i = 0; i < changes; i++) changed = change(draft, step, passed, random) || changed
  return changed ? { ...step, input } : undefined
}

const withInput = (session: RawSession, at: number, input: EncodedGraph): RawSession => ({
  ...session,
  steps: session.steps.map((step, i) => (i === at ? { ...step, input } : step)),
})

/** Every kind of place with every odd value in it, and every object in every odd shape. */
const inEverySlot = (sessions: readonly RawSession[], random: Seeded): (() => RawSession | undefined)[] =>
  slotsOf(sessions).flatMap((slot) =>
    oddDrafts(slot, random).map((make) => () => {
      const draft = make()
      return draft && withInput(slot.session, slot.step, draft.graph)
    }),
  )

/** What callbacks could have answered instead; all of one callback's answers are the same then. */
const otherAnswers: readonly unknown[] = [
  ...[['u'], null, false, true, 0, 1, '', 'a', ['n', 'NaN']].map((v) => ({ return: { v, n: [] } })),
  { throw: { v: ['@', 0], n: [{ k: 'e', m: 'odd' }] } },
  { reject: { v: ['@', 0], n: [{ k: 'e', m: 'odd' }] } },
]

const withOtherAnswers = (sessions: readonly RawSession[]): (() => RawSession)[] => {
  const targets = new Map<string, () => RawSession>()
  for (const session of sessions)
    for (const [id, answers] of Object.entries(session.callbacks))
      for (const answer of otherAnswers) {
        const key = JSON.stringify([session.steps.map(({ target }) => target), id, answer])
        const other = answers.map(() => answer)
        if (!targets.has(key))
          targets.set(key, () => ({ ...session, callbacks: { ...session.callbacks, [id]: other } }))
      }
  return [...targets.values()]
}

const atRandom = (
  sessions: readonly RawSession[],
  chances: { words: SourceWords; passed: Passed; random: Seeded },
): RawSession | undefined => {
  const { random } = chances
  const source = random.pick(sessions)
  const calls = source.steps.flatMap(({ op }, i) => (op === 'get' ? [] : [i]))
  if (calls.length === 0) return undefined
  // what a session is about is its last call
  const at = random.next() < 0.6 ? calls.at(-1)! : random.pick(calls)
  const step = varyStep(source.steps[at]!, chances)
  return step && withInput(source, at, step.input)
}

/** Of the budget, what goes to trying every place once; chance has the rest. */
const systematic = 0.75
/** Of that, what promises that settle otherwise may take: places are many, and few who wait are led side by side. */
const promised = 0.4

/**
 * Sessions as callers nobody has thought of would lead them: recorded ones with odd values in every kind of place, one
 * at a time, then with one or two changes by chance. Nobody knows what should come of them: two versions of the code
 * are compared. Same seed, same sessions.
 */
export const varySessions = (
  sessions: readonly RawSession[],
  words: SourceWords,
  limit: number,
  seed: number,
): RawSession[] => {
  const random = new Seeded(seed)
  const chances = { words, passed: passedOf(sessions), random }
  const contentOf = ({ steps, callbacks, promises }: RawSession): string =>
    JSON.stringify(promises === undefined ? [steps, callbacks] : [steps, callbacks, promises])
  const known = new Set(sessions.map(contentOf))
  const varied: RawSession[] = []
  const take = (session: RawSession | undefined): void => {
    if (session === undefined) return
    const content = contentOf(session)
    if (known.has(content)) return
    known.add(content)
    varied.push({ ...session, id: sha256(Buffer.from(content)).slice(0, 16), recorded: [] })
  }
  if (sessions.length === 0 || limit <= 0) return varied
  for (const make of spread(withOtherPromises(sessions, random), Math.floor(limit * promised))) take(make())
  const everywhere = [...inEverySlot(sessions, random), ...withOtherAnswers(sessions)]
  for (const make of spread(everywhere, Math.floor(limit * systematic) - varied.length)) take(make())
  for (let tries = 0; tries < limit * 3 && varied.length < limit; tries++) take(atRandom(sessions, chances))
  return varied
}
