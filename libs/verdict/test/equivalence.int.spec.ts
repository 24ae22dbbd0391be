import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { defaultEquivalence, findDifferences, type EquivalenceReport } from '../src/equivalence/equivalence.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { replaySessions } from '../src/sessions/replay-sessions.ts'
import type { SessionSet } from '../src/types.ts'
import { verify } from '../src/verify.ts'
import { applyChanges, closeFixtures, openFixture, type Project } from './fixture.ts'
import { planted, type Planted } from './planted.ts'

afterAll(closeFixtures)

const fileOf = ({ name }: Planted): string => `src/${name}.js`
const scope = { files: planted.map(fileOf) }

const testText = `'use strict'
const test = require('node:test')
const assert = require('node:assert')
${planted.map(({ name, test }) => `test(${JSON.stringify(name)}, () => { const it = require('../src/${name}.js'); ${test} })`).join('\n')}
`

/** The fixture's shell with the planted modules in it. */
const openPlanted = async (): Promise<Project> => {
  const project = await openFixture('printer', 'node --test test/all.js')
  const files = planted.map((each): [string, Uint8Array] => [fileOf(each), Buffer.from(each.base)])
  await project.workbench.write('base', new Map([...files, ['test/all.js', Buffer.from(testText)]]))
  return project
}

let project: Project
let set: SessionSet

const fork = async (dir: string, version: 'harmful' | 'correct'): Promise<void> => {
  await project.workbench.fork('base', dir)
  const files = planted.map((each): [string, Uint8Array] => [fileOf(each), Buffer.from(each[version])])
  await project.workbench.write(dir, new Map(files))
}

const textsOf = async (dir: string) =>
  new Map(
    await Promise.all(
      scope.files.map(async (file): Promise<[string, string]> => {
        const content = await project.workbench.read(dir, file)
        return [`${dir}/${file}`, Buffer.from(content!).toString('utf8')]
      }),
    ),
  )

const compareWith = async (patched: string, budget = {}, seed = 1): Promise<EquivalenceReport> =>
  await findDifferences({
    workbench: project.workbench,
    base: 'base',
    patched,
    sessions: set,
    texts: new Map([...(await textsOf('base')), ...(await textsOf(patched))]),
    seed,
    budget: { ...defaultEquivalence, shown: planted.length, rounds: 0, ...budget },
  })

beforeAll(async () => {
  project = await openPlanted()
  set = await recordSessions(project.workbench, 'base', project.checks, scope, { mutations: 0 })
  await fork('harmful', 'harmful')
  await fork('correct', 'correct')
}, 120_000)

describe('twenty-five refactorings that change what the code does', () => {
  it('pass the tests of the package', async () => {
    for (const dir of ['base', 'harmful', 'correct'])
      expect(await runBaseline(project.workbench, dir, project.checks)).toMatchObject({ status: 'green' })
  }, 60_000)

  it('show when both versions are led side by side: all but two at most', async () => {
    const recorded = await replaySessions(project.workbench, 'harmful', set)
    const { differences } = await compareWith('harmful')
    const modules = [...recorded.differences, ...differences].map(
      ({ code }) => /'\.\/(src\/[\w-]+\.js)'/.exec(code)?.[1],
    )
    const missed = planted.map(fileOf).filter((file) => !modules.includes(file))

    expect(missed.length <= 2 ? [] : missed).toEqual([])
  }, 120_000)
})

describe('the same number of refactorings that do not', () => {
  it('show no difference, whatever the seed', async () => {
    expect((await replaySessions(project.workbench, 'correct', set)).differences).toEqual([])
    for (const seed of [1, 2]) expect((await compareWith('correct', {}, seed)).differences).toEqual([])
  }, 120_000)
})

describe('the untouched code beside itself', () => {
  it('never differs, over more than 20,000 steps', async () => {
    // classes, callbacks, promises, generators, emitters and state
    const basket = await openFixture('basket')
    const files = ['index.js', 'lib/money.js']
    const sessions = await recordSessions(basket.workbench, 'base', basket.checks, { files })
    const budget = { ...defaultEquivalence, sessions: 12_000, waiting: 100 }
    const of = {
      workbench: basket.workbench,
      base: 'base',
      patched: 'base',
      sessions,
      texts: new Map(),
      seed: 1,
      budget,
    }
    const reports = [
      await findDifferences(of),
      await findDifferences({ ...of, seed: 2 }),
      await compareWith('base', { sessions: 20_000 }),
    ]
    expect(reports.flatMap(({ differences }) => differences)).toEqual([])
    expect(reports.reduce((sum, { steps }) => sum + steps, 0)).toBeGreaterThan(20_000)
  }, 180_000)
})

describe('gate 4', () => {
  it('refuses with the smallest call that differs, as code, and says the same again', async () => {
    const of = planted.find(({ name }) => name === 'default-for-null')!
    const patch = await applyChanges(project, [
      { file: fileOf(of), anchor: 'given == null', text: 'given === undefined' },
    ])
    const baseline = await runBaseline(project.workbench, 'base', project.checks)
    const input = {
      ...{ workbench: project.workbench, base: 'base', patched: 'patched', patch, checks: project.checks, baseline },
      ...{ sessions: set, scope, allow: {}, seed: 1 },
    }
    const body = await verify(input)
    const gate = body.gates.find(({ number }) => number === 4)!
    expect(gate).toMatchObject({ gate: 'equivalence', status: 'fail' })
    expect(body.gates.filter(({ status }) => status === 'fail').map(({ number }) => number)).toEqual([4])
    expect(gate.details[0]!.message).toContain('before: returns 80\nafter: returns null\n')
    expect(gate.details[0]!.message).toContain('width: null')
    expect(JSON.stringify(await verify(input))).toBe(JSON.stringify(body))
  }, 120_000)
})

describe('a copy by spread in place of Object.assign', () => {
  it('differs for a property of its own called __proto__, and that is shown', async () => {
    const { workbench, checks, edit } = await openFixture('printer')
    await edit('base', 'double.js', (text) => text.replace('value + value', 'Object.assign({}, value)'))
    await edit('base', 'plain.js', () => "require('./double.js')({ a: 1 })\n")
    const sessions = await recordSessions(workbench, 'base', checks, { files: ['double.js'] }, { mutations: 0 })
    await workbench.fork('base', 'spread')
    await edit('spread', 'double.js', (text) => text.replace('Object.assign({}, value)', '{ ...value }'))
    const { differences } = await findDifferences({
      ...{
        workbench,
        base: 'base',
        patched: 'spread',
        sessions,
        texts: new Map(),
        seed: 1,
        budget: defaultEquivalence,
      },
    })

    expect(differences.map(({ code }) => code)).toEqual([expect.stringContaining("{ ['__proto__']: {} }")])
  }, 60_000)
})
