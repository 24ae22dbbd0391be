import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { greenSubset } from '../src/green-subset.ts'
import type { Allowance, GateId } from '../src/types.ts'
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

const inputOf = async (changes: readonly Change[], allow: Allowance = {}) => {
  const { project, baseline, sessions } = basket
  const { workbench, checks } = project
  const patch = await applyChanges(project, changes)
  const trees = { workbench, base: 'base', patched: 'patched', patch }
  return { ...trees, checks, baseline, sessions, scope, seed: 1, allow, equivalence: fewSessions }
}

const judge = async (changes: readonly Change[], allow: Allowance = {}) => {
  const body = await verify(await inputOf(changes, allow))
  const gate = (id: GateId) => body.gates.find((each) => each.gate === id)!
  return { body, gate, failing: body.gates.filter(({ status }) => status === 'fail').map((each) => each.gate) }
}

const harmless: Change = {
  file: 'index.js',
  anchor: 'return ++n',
  text: 'n++; return n',
}

describe('verify', () => {
  it('passes a refactoring that changes nothing, twice with the same bytes', async () => {
    const first = await judge([harmless])
    expect(first.failing).toEqual([])
    expect(first.body.gates.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(first.gate('baseline').summary).toBe('11 tests green before and after')
    expect(first.gate('characterization').summary).toBe('17 sessions without a difference')
    const second = await judge([harmless])
    expect(JSON.stringify(second.body)).toBe(JSON.stringify(first.body))
    expect(JSON.stringify(first.body)).not.toMatch(/durationMs|"ms"|\/tmp\//)
  }, 30_000)

  it('tells each gate as it starts and ends', async () => {
    const seen: string[] = []
    await verify(await inputOf([harmless]), (progress) => seen.push(`${progress.state} ${progress.number}`))
    expect(seen).toHaveLength(14)
    expect(seen.slice(0, 2)).toEqual(['started 5', 'finished 5'])
  }, 30_000)

  it('gate 1 fails when a test turns red, with its id and message', async () => {
    const { failing, gate } = await judge([{ file: 'lib/money.js', anchor: "sign: '$'", text: "sign: '£'" }])
    expect(failing).toEqual(['baseline', 'characterization'])
    expect(gate('baseline').details[0]).toMatchObject({
      kind: 'test',
      subject: 'test/basket.test.js > money',
      message: expect.stringContaining('newly failing'),
    })
  }, 30_000)

  it('gate 2 finds what no assertion sees', async () => {
    const change = {
      file: 'index.js',
      anchor: "error.code = 'TOO_MUCH'",
      text: "error.code = 'TOO_MUCH'; error.rate = rate",
    }
    const { failing, gate } = await judge([change])
    expect(failing).toEqual(['characterization'])
    expect(gate('characterization').details[0]!.message).toContain('rate: 2')
  }, 30_000)

  it('gate 5 protects tests, suppressions and settings', async () => {
    const changes = [
      { file: 'test/basket.test.js', anchor: 'assert.strictEqual(money.round(1.005), 1)', text: '' },
      { file: 'index.js', anchor: "'use strict'", text: "'use strict' // eslint-disable-line" },
    ]
    const { gate } = await judge(changes)
    expect(gate('integrity').details.map(({ subject, message }) => `${subject}: ${message}`)).toEqual([
      'index.js: a comment was added that silences a checker',
      'test/basket.test.js: the test file was changed',
    ])
    const allowed = await judge([changes[0]!], { files: ['test/*'] })
    expect(allowed.gate('integrity').details[0]!.message).toBe('1 assertion removed')
  }, 30_000)

  it('gate 6 finds an arrow in place of a function, lost strictness and a new parameter', async () => {
    const arrow = await judge([{ file: 'lib/money.js', anchor: 'function round(amount) {', text: '(amount) => {' }])
    expect(arrow.gate('surface').details.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['lib/money.js#round.constructable', 'lib/money.js#round.properties']),
    )
    const sloppy = await judge([{ file: 'lib/money.js', anchor: "'use strict'", text: '' }])
    expect(sloppy.gate('surface').details).toContainEqual({
      kind: 'surface',
      subject: 'lib/money.js#round.strict',
      message: 'true became false',
    })
    const arity = { file: 'lib/money.js', anchor: 'format(amount, options)', text: 'format(amount, options, more)' }
    expect((await judge([arity])).failing).toEqual(['surface'])
    const approved = { surface: ['lib/money.js#format.arity', 'index.js#money.format.arity'] }
    expect((await judge([arity], approved)).failing).toEqual([])
  }, 60_000)

  it('gate 7 refuses files outside of the scope and reformatting', async () => {
    const outside = await judge([{ file: 'package.json', anchor: '"version": "1.0.0"', text: '"version": "1.0.1"' }])
    expect(outside.failing).toEqual(['integrity', 'scope'])
    const layout = await judge([
      {
        file: 'lib/money.js',
        anchor: 'return Math.round(amount * 100) / 100',
        text: 'return Math.round( amount*100 )/100;',
      },
    ])
    expect(layout.gate('scope').details[0]!.message).toBe('edit edit-1 only reformats')
  }, 30_000)

  it('lets an approved raise of the floor through, and nothing else in package.json', async () => {
    const engines = {
      file: 'package.json',
      anchor: '"main": "index.js",',
      text: '"main": "index.js",\n  "engines": { "node": ">=20" },',
    }
    expect((await judge([engines], { floorRaised: true })).failing).toEqual([])
    const sneaky = { ...engines, text: '"main": "index.js",\n  "engines": { "node": ">=20" },\n  "license": "MIT",' }
    expect((await judge([sneaky], { floorRaised: true })).failing).toEqual(['integrity', 'scope'])
  }, 30_000)

  it('says that a patch makes the tests hang, and is not held up by it for long', async () => {
    const input = await inputOf([
      { file: 'lib/money.js', anchor: 'return Math.round', text: 'while (amount) {}\n  return Math.round' },
    ])
    const body = await verify({ ...input, limits: { timeoutMs: 4_000 } })
    const [tests, sessionGate] = body.gates
    expect(tests!.details.map(({ message }) => message).join('\n')).toContain(
      'killed after 4 s, the limit of one command',
    )
    expect(sessionGate!.details[0]!.message).toContain('after: hangs')
  }, 120_000)

  it('keeps the green part of a red patch', async () => {
    const changes = [
      harmless,
      { file: 'index.js', anchor: "error.code = 'TOO_MUCH'", text: "error.code = 'TOO_LARGE'" },
      {
        file: 'lib/money.js',
        anchor: 'function format(amount, options) {',
        text: 'function format(amount, options, more) {',
      },
      { file: 'lib/money.js', anchor: '/ 100\n', text: '/ (50 + 50)\n' },
    ]
    const input = await inputOf(changes)
    const runs: string[] = []
    const found = await greenSubset({ ...input, maxRuns: 20, onRun: (run) => runs.push(run.reason) })
    expect(found.patch.edits.map(({ id }) => id)).toEqual(['edit-1', 'edit-4'])
    expect(found.dropped.map(({ id }) => id)).toEqual(['edit-2', 'edit-3'])
    expect(found.maximal).toBe(true)
    expect(runs).toContain('1 sessions differ')
    // each says what fails with it, and not what fails with another
    expect(found.reasons.get('edit-2')!.join('\n')).toMatch(/sessions differ\n.*TOO_LARGE/)
    expect(found.reasons.get('edit-3')!.join('\n')).not.toContain('TOO_LARGE')
    expect(found.reasons.get('edit-3')![0]).toMatch(/^(baseline|surface): /)

    // what the whole has passed is not asked of its parts: here edit 3 would be red in nothing else
    const passed = new Set<GateId>(['surface', 'equivalence'])
    const trusting = await greenSubset({ ...input, maxRuns: 20, passed })
    expect(trusting.dropped.map(({ id }) => id)).toEqual(['edit-2'])
  }, 120_000)

  it('does not raise the language floor for nothing', async () => {
    const input = await inputOf([
      {
        file: 'package.json',
        anchor: '"main": "index.js",',
        text: '"main": "index.js",\n  "engines": { "node": ">=20" },',
      },
      { file: 'index.js', anchor: "error.code = 'TOO_MUCH'", text: "error.code = 'TOO_LARGE'" },
      harmless,
    ])
    const [floor, red, green] = input.patch.edits
    const edits = [{ ...floor!, recipe: 'raise-floor' }, { ...red!, dependsOn: [floor!.id] }, green!]
    const given = {
      ...input,
      allow: { floorRaised: true },
      maxRuns: 20,
      scope: { files: [...scope.files, 'package.json'] },
    }
    const found = await greenSubset({ ...given, patch: { ...input.patch, edits } })
    expect(found.patch.edits.map(({ id }) => id)).toEqual([green!.id])
    expect(found.reasons.get(floor!.id)).toEqual(['no edit that needs it is left'])
  }, 120_000)
})
