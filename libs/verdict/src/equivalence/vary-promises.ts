import type { EncodedGraph, RawSession, RawStep } from '../sessions/records.ts'
import type { Seeded } from '../sessions/seeded.ts'
import type { HandedIn } from '../types.ts'
import { oddDrafts } from './odd-drafts.ts'
import type { Draft } from './odd-values.ts'
import { slotsOf, targetOf } from './slots.ts'

type Make = () => RawSession | undefined

const withPromise = (session: RawSession, id: string, promise: HandedIn): RawSession => ({
  ...session,
  promises: { ...session.promises, [id]: promise },
})

/** Promises in the same place of the same calls are alike. */
const placeOf = ({ steps }: RawSession, id: string): string[] => [...steps.map(targetOf), id]

/** How a promise that came in could have settled instead, at its moment; or as it did, before it came in. */
const settledOtherwise = ({ resolve, reject, ...moment }: HandedIn): readonly HandedIn[] => [
  { reject: { v: ['@', 0], n: [{ k: 'e', m: 'odd' }] }, ...moment },
  { resolve: { v: ['u'], n: [] }, ...moment },
  { resolve: { v: null, n: [] }, ...moment },
  ...(moment.after === undefined || Array.isArray(resolve ?? reject)
    ? []
    : [{ ...(reject === undefined ? { resolve } : { reject }) }]),
]

const inOtherWays = (sessions: readonly RawSession[]): Make[] => {
  const targets = new Map<string, Make>()
  for (const session of sessions)
    for (const [id, promise] of Object.entries(session.promises ?? {}))
      for (const [way, other] of settledOtherwise(promise).entries()) {
        const key = JSON.stringify([placeOf(session, id), way])
        if (!targets.has(key)) targets.set(key, () => withPromise(session, id, other))
      }
  return [...targets.values()]
}

/** What a promise gives, as if it were the one argument of a call: so it can be varied like one. */
const asCall = (given: EncodedGraph, place: readonly string[]): RawStep => {
  const args = { k: 'a', v: [['u'], given.v] }
  const input = { v: ['@', given.n.length], n: [...given.n, args] }
  return { op: 'call', target: { module: '', path: place }, holder: 0, input }
}

/** The call's own node stays, empty: nothing refers to it. */
const givenBy = ({ graph, root, args }: Draft): EncodedGraph => ({
  v: args[1],
  n: graph.n.map((node, id) => (id === root ? { k: 'a', v: [] } : node)),
})

const withOtherValues = (sessions: readonly RawSession[], random: Seeded): Make[] => {
  const owners = new Map<RawSession, (given: EncodedGraph) => RawSession>()
  for (const session of sessions)
    for (const [id, promise] of Object.entries(session.promises ?? {})) {
      const { resolve } = promise
      if (resolve === undefined || Array.isArray(resolve)) continue
      const call = asCall(resolve as EncodedGraph, placeOf(session, id))
      owners.set({ ...session, steps: [call] }, (given) => withPromise(session, id, { ...promise, resolve: given }))
    }
  return slotsOf([...owners.keys()])
    .filter(({ walk }) => walk[0] === 1)
    .flatMap(({ session, ...slot }) =>
      oddDrafts({ session, ...slot }, random).map((make) => () => {
        const draft = make()
        return draft && owners.get(session)!(givenBy(draft))
      }),
    )
}

/** Every promise that came in settles in every other way, and gives every odd value in every kind of place. */
export const withOtherPromises = (sessions: readonly RawSession[], random: Seeded): Make[] => [
  ...inOtherWays(sessions),
  ...withOtherValues(sessions, random),
]
