import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Evidence, Patch } from '@iama/patch'
import { greenSubset } from '../src/green-subset.ts'
import { verify } from '../src/verify.ts'
import {
  applyChanges,
  basketScope,
  closeFixtures,
  fewSessions,
  openBasket,
  type Basket,
  type Change,
} from './fixture.ts'

afterAll(closeFixtures)

let basket: Basket
const scope = basketScope

beforeAll(async () => {
  basket = await openBasket()
}, 30_000)

/** Changes as edits that rest on sessions, each with the places that it names. */
const inputOf = async (changes: readonly (Change & { readonly places: readonly string[] })[]) => {
  const { project, baseline, sessions } = basket
  const { workbench, checks } = project
  const made = await applyChanges(project, changes)
  const evidence = async ({ file, places }: (typeof changes)[number]): Promise<Evidence> => {
    const content = Buffer.from((await workbench.read('base', file))!)
    const found = places.map((text) => ({ path: file, start: content.indexOf(text), length: Buffer.byteLength(text) }))
    return {
      kind: 'verified',
      places: found.map(({ path, start, length }) => ({ path, start, end: start + length })),
    }
  }
  const kinds = await Promise.all(changes.map(evidence))
  const patch: Patch = { ...made, edits: made.edits.map((edit, i) => ({ ...edit, evidence: kinds[i]! })) }
  const trees = { workbench, base: 'base', patched: 'patched', patch }
  return { ...trees, checks, baseline, sessions, scope, seed: 1, allow: {}, equivalence: fewSessions }
}

const seen = {
  file: 'index.js',
  anchor: 'return ++n',
  text: 'n++; return n',
  places: ['return ++n'],
}
/** No test comes so far. */
const unseen = {
  file: 'index.js',
  anchor: 'return this.items.length',
  text: 'return (this.items.length)',
  places: ['return this.items.length'],
}

describe('an edit that rests on sessions', () => {
  it('passes where a recorded session would notice a fault in each of its places', async () => {
    const body = await verify(await inputOf([seen]))
    expect(body.result).toBe('pass')
    const gate = body.gates.find((each) => each.gate === 'characterization')!
    expect(gate.summary).toBe(
      '17 sessions without a difference; they would notice a fault in each place of 1 edit that rests on them',
    )
  }, 30_000)

  it('is refused where no session looks, though nothing differs', async () => {
    const body = await verify(await inputOf([seen, unseen]))
    const red = body.gates.filter(({ status }) => status === 'fail')
    expect(red.map(({ gate }) => gate)).toEqual(['characterization'])
    expect(red[0]!.summary).toBe('1 of 2 edits that rest on sessions change what no session looks at')
    expect(red[0]!.details).toContainEqual({
      kind: 'difference',
      subject: 'edit edit-2: change 2',
      message: 'no recorded session would notice a fault at index.js:27; add a test that calls this code',
    })
  }, 30_000)

  it('is refused when one of its places is not looked at, or is no code', async () => {
    const body = await verify(
      await inputOf([
        { ...seen, places: [...seen.places, 'var found = await lookUp(name)', "'use strict'\n\nvar"] },
        { ...unseen, places: ['// nowhere'] },
      ]),
    )
    const { details } = body.gates.find((each) => each.gate === 'characterization')!
    expect(details.map(({ subject }) => subject)).toEqual(['edit edit-1: change 1', 'edit edit-2: change 2'])
    expect(details[0]!.message).toContain('index.js:1')
  }, 30_000)

  it('is dropped from the green part without a run', async () => {
    const input = await inputOf([seen, unseen])
    const needing = { ...input.patch.edits[0]!, id: 'edit-3', dependsOn: ['edit-2'], operations: unneeded(input.patch) }
    const patch = { ...input.patch, edits: [...input.patch.edits, needing] }
    const found = await greenSubset({ ...input, patch, maxRuns: 20 })
    expect(found.patch.edits.map(({ id }) => id)).toEqual(['edit-1'])
    expect(found.runs).toBe(1)
    expect(found.reasons).toEqual(
      new Map([
        ['edit-2', ['no recorded session would notice a fault at index.js:27']],
        ['edit-3', ['an edit that it needs is not in the part']],
      ]),
    )
  }, 30_000)

  it('passes nowhere without sessions', async () => {
    const input = await inputOf([seen])
    const body = await verify({ ...input, sessions: { ...basket.sessions, sessions: [] } })
    expect(body.gates.find((each) => each.gate === 'characterization')).toMatchObject({ status: 'fail' })
  }, 30_000)
})

/** Another statement of the second edit's file, so that the two do not touch. */
const unneeded = ({ edits }: Patch) => {
  const [operation] = edits[1]!.operations
  if (operation?.type !== 'replace' || operation.range === undefined) throw new Error('no replacement')
  const at = operation.range.end
  return [{ ...operation, range: { start: at, end: at + 1 }, anchor: '\n', text: ' \n' }]
}
