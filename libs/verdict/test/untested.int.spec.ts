import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { discoverChecks } from '../src/checks/discover-checks.ts'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { replaySessions } from '../src/sessions/replay-sessions.ts'
import type { SessionSet } from '../src/types.ts'
import { verify } from '../src/verify.ts'
import { writeCharacterizationTests } from '../src/written/write-characterization-tests.ts'
import {
  applyChanges,
  closeFixtures,
  fewSessions,
  openFiles,
  openFixture,
  type Change,
  type Project,
} from './fixture.ts'

afterAll(closeFixtures)

const scope = { files: ['index.js', 'lib/money.js', 'ring.js', 'last.js', 'wild.js', 'loud.js'] }

/** Nothing that is said of it may lean on chance, and what ends the process costs itself alone. */
const wild = `exports.now = () => Math.random()
exports.leave = (code) => process.exit(code)
`
/** A class as it was written before there were classes. */
const ring = `'use strict'
function Ring(items) {
  this.items = items.slice()
}
Ring.prototype.turn = function (steps) {
  for (let n = 0; n < steps; n++) this.items.push(this.items.shift())
  return this.items[0]
}
module.exports = Ring
`
/** What one call gives, the one before it has left; the first cannot be told again in another process. */
const last = `let last = process.stderr
exports.swap = function (stream) {
  const old = last
  last = stream
  return old
}
`
const loud = `throw new Error('not without a server')
`

describe('a project without tests', () => {
  let project: Project
  let set: SessionSet

  beforeAll(async () => {
    const fixture = await openFixture('basket')
    project = { ...fixture, checks: discoverChecks({}, []) }
    const files = new Map([
      ['ring.js', Buffer.from(ring)],
      ['last.js', Buffer.from(last)],
      ['wild.js', Buffer.from(wild)],
      ['loud.js', Buffer.from(loud)],
    ])
    await project.workbench.write('base', files)
    set = await recordSessions(project.workbench, 'base', project.checks, scope, { mutations: 0 })
  }, 120_000)

  const judge = async (changes: readonly Change[]) => {
    const { workbench, checks } = project
    const patch = await applyChanges(project, changes)
    const baseline = await runBaseline(workbench, 'base', checks)
    const trees = { workbench, base: 'base', patched: 'patched', patch }
    const rest = { checks, baseline, sessions: set, scope, seed: 1, allow: {}, equivalence: fewSessions }
    const body = await verify({ ...trees, ...rest })
    return new Map(body.gates.map((gate) => [gate.gate, gate]))
  }

  it('is pinned by calls that are made up from its code', async () => {
    expect(set.sessions.length).toBeGreaterThan(20)
    expect(new Set(set.sessions.map(({ origin }) => origin))).toEqual(new Set(['exercised']))
    expect(set.covered.map(({ module }) => module)).toEqual(expect.arrayContaining(['index.js', 'lib/money.js']))
    expect(set.notCovered).toContainEqual({ module: 'loud.js', reason: 'using it failed: Error: not without a server' })
    expect((await replaySessions(project.workbench, 'base', set)).differences).toEqual([])
  }, 60_000)

  it('has no call pinned that made the engine throw, or that was never meant', () => {
    for (const { expected } of set.sessions) expect(expected.join('\n')).not.toMatch(/^(throw|reject) .*"g":1/m)
  })

  it('is told as such: gate 2 warns where nothing differs', async () => {
    const gates = await judge([{ file: 'index.js', anchor: 'return ++n', text: 'n++; return n' }])
    expect(gates.get('baseline')).toMatchObject({ status: 'not-applicable', summary: 'the project has no tests' })
    const { status, summary, details } = gates.get('characterization')!
    expect(status).toBe('warn')
    expect(summary).toMatch(/^\d+ sessions without a difference, of calls that were made up: the project has no tests$/)
    expect(details[0]!.message).toContain('read the diff')
    expect([...gates.values()].filter((each) => each.status === 'fail')).toEqual([])
  }, 60_000)

  it('has changes of behaviour refused', async () => {
    const gates = await judge([{ file: 'lib/money.js', anchor: "sign: '$'", text: "sign: '£'" }])
    expect(gates.get('characterization')!.status).toBe('fail')
  }, 60_000)

  it('is pinned where its classes are functions, whose methods keep what they change', async () => {
    expect(set.covered.find(({ module }) => module === 'ring.js')!.sessions).toBeGreaterThan(3)
    const gates = await judge([{ file: 'ring.js', anchor: 'n < steps', text: 'n <= steps' }])
    expect(gates.get('characterization')!.status).toBe('fail')
  }, 60_000)

  it('is pinned where calls lean on what others left behind', async () => {
    expect(set.covered.find(({ module }) => module === 'last.js')!.sessions).toBeGreaterThan(3)
    const gates = await judge([{ file: 'last.js', anchor: 'last = stream', text: 'last = stream || last' }])
    expect(gates.get('characterization')!.status).toBe('fail')
  }, 60_000)

  it('gets tests that say where they come from', () => {
    const info = { runner: 'node:test', moduleType: 'commonjs', files: [] as string[] } as const
    const written = [...writeCharacterizationTests(set, info).values()].join('\n')
    expect(written).toContain('calls that were made up from its code')
  })
})

describe('a project without tests whose users can import one module', () => {
  const files = {
    'package.json': JSON.stringify({ name: 'hull', version: '1.0.0', type: 'module', exports: './index.js' }),
    'index.js': `import { area } from './area.js'\nexport const cost = (side, price) => area(side) * price\n`,
    'area.js': `export const area = (side) => side * side\nexport const half = (side) => area(side) / 2\n`,
  }
  const names = ['index.js', 'area.js']

  const judge = async (manifest: string, changes: readonly Change[]) => {
    const { workbench, checks } = await openFiles({ ...files, 'package.json': manifest })
    const sessions = await recordSessions(workbench, 'base', checks, { files: names }, { mutations: 0 })
    const baseline = await runBaseline(workbench, 'base', checks)
    const patch = await applyChanges({ workbench, checks, root: '', edit: async () => undefined }, changes)
    const trees = { workbench, base: 'base', patched: 'patched', patch }
    const rest = { checks, baseline, sessions, scope: { files: names }, seed: 1, allow: {}, equivalence: fewSessions }
    const body = await verify({ ...trees, ...rest })
    return new Map(body.gates.map((gate) => [gate.gate, gate]))
  }
  const unexported: Change = { file: 'area.js', anchor: 'export const half', text: 'const half' }

  it('may lose an export that only made-up calls use, and it is said', async () => {
    const gates = await judge(files['package.json'], [unexported])
    expect([...gates.values()].filter(({ status }) => status === 'fail')).toEqual([])
    const gate = gates.get('characterization')!
    expect(gate.summary).toMatch(/^[1-9]\d* sessions? without a difference/)
    expect(gate.details.find(({ subject }) => subject === 'not asked')!.message).toMatch(
      /^[1-9]\d* sessions? call what no user can import/,
    )
  }, 60_000)

  it('is still pinned where the export stays', async () => {
    const gates = await judge(files['package.json'], [{ file: 'area.js', anchor: 'side * side', text: 'side * 2' }])
    expect(gates.get('characterization')!.status).toBe('fail')
  }, 60_000)

  it('loses nothing that a user could import', async () => {
    const open = JSON.stringify({ name: 'hull', version: '1.0.0', type: 'module' })
    const gates = await judge(open, [unexported])
    expect(gates.get('characterization')!.status).toBe('fail')
    const built = JSON.stringify({ name: 'hull', version: '1.0.0', type: 'module', exports: './dist/index.js' })
    expect((await judge(built, [unexported])).get('characterization')!.status).toBe('fail')
  }, 60_000)
})
