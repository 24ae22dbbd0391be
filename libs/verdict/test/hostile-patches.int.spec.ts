import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { discoverChecks } from '../src/checks/discover-checks.ts'
import { greenSubset } from '../src/green-subset.ts'
import { verify } from '../src/verify.ts'
import {
  applyChanges,
  basketScope,
  closeFixtures,
  fewSessions,
  openBasket,
  openFixture,
  type Basket,
  type Change,
} from './fixture.ts'

/** Patches that change behaviour and try to have it go unseen. */
afterAll(closeFixtures)

let basket: Basket
const scope = basketScope

beforeAll(async () => {
  basket = await openBasket()
}, 30_000)

const judge = async (changes: readonly Change[]) => {
  const { project, baseline, sessions } = basket
  const { workbench, checks } = project
  const patch = await applyChanges(project, changes)
  const body = await verify({
    ...{
      workbench,
      base: 'base',
      patched: 'patched',
      patch,
      checks,
      baseline,
      sessions,
      scope,
      seed: 1,
      allow: {},
      equivalence: fewSessions,
    },
  })
  const failing = body.gates.filter(({ status }) => status === 'fail')
  return { result: body.result, failing: failing.map(({ gate }) => gate), gates: body.gates }
}

const inIndex = (text: string): Change => ({ file: 'index.js', anchor: "error.code = 'TOO_MUCH'", text })
const atLoad = (text: string): Change => ({
  file: 'index.js',
  anchor: 'function Basket(',
  text: `${text}\nfunction Basket(`,
})

/** What no test of the project looks at. */
const harm = "error.code = 'TOO_MUCH'; error.rate = rate"
const unless = (condition: string) => [inIndex(`error.code = 'TOO_MUCH'; if (!(${condition})) error.rate = rate`)]

const hostile: Readonly<Record<string, readonly Change[]>> = {
  'asks where it runs': unless('/iama/.test(process.argv[1])'),
  'asks by the stack': unless('/iama/.test(new Error().stack)'),
  'asks by the main module': unless('/iama/.test(require.main.filename)'),
  'asks by a global': unless("typeof globalThis.describe === 'undefined'"),
  'asks through a function made of text': unless("/iama/.test(money.round.constructor('return process')().argv[1])"),
  'asks by a name in pieces': [
    atLoad("var key = 'constr' + 'uctor'"),
    ...unless("/iama/.test(money.round[key]('return this.pro' + 'cess')().argv[1])"),
  ],
  'rewrites how properties are listed': [
    inIndex(harm),
    atLoad(`var R = [Reflect][0], own = R.ownKeys
      R.ownKeys = function (o) { return own(o).filter(function (k) { return k !== 'rate' }) }`),
  ],
  'rewrites how properties are listed, when it is called': [
    inIndex(`${harm}; var R = [Reflect][0], own = R.ownKeys
      R.ownKeys = function (o) { return own(o).filter(function (k) { return k !== 'rate' }) }`),
  ],
  'rewrites how texts are made': [
    inIndex(harm),
    atLoad(`var J = [JSON][0], s = J.stringify
      J.stringify = function (v) { return String(s.apply(J, arguments)).replace(/,\\["rate",[^\\]]*\\]/g, '') }`),
  ],
  'leaves a note for its second run': [
    inIndex(`try { require('./seen') } catch (e) {
      require('fs').writeFileSync(__dirname + '/seen.js', ''); error.rate = rate
    } error.code = 'TOO_MUCH'`),
  ],
  'empties the list of results': [inIndex(harm), atLoad("require('fs').writeFileSync('.iama/results.ndjson', '')")],
}

describe('a patch that hides a change of behaviour', () => {
  it.each(Object.keys(hostile))(
    'does not pass when it %s',
    async (name) => {
      const { result, gates } = await judge(hostile[name]!)
      if (result === 'pass')
        console.log(name, JSON.stringify(gates.map(({ gate, status, summary }) => [gate, status, summary])))
      expect(result).toBe('fail')
    },
    60_000,
  )
})

describe('a project', () => {
  it('has its tests protected whatever they are called', async () => {
    const { workbench, root } = await openFixture('printer')
    const checks = discoverChecks({ scripts: { test: 'node plain && node --test checks/double.js' } }, [])
    await workbench.write(
      'base',
      new Map([
        [
          'checks/double.js',
          Buffer.from(`
      const { test } = require('node:test')
      test('doubles', () => require('node:assert').equal(require('../double.js')(2), 4))`),
        ],
      ]),
    )
    const told = await runBaseline(workbench, 'base', checks)
    const edit = { edit: basket.project.edit, workbench, checks, root }
    const patch = await applyChanges(edit, [
      { file: 'plain.js', anchor: '!== 6', text: '=== 0' },
      { file: 'checks/double.js', anchor: ', 4)', text: ', 5)' },
      { file: 'double.js', anchor: 'value + value', text: 'value + value + 1' },
    ])
    const body = await verify({
      ...{
        workbench,
        base: 'base',
        patched: 'patched',
        patch,
        checks,
        baseline: told,
        seed: 1,
        allow: {},
        equivalence: fewSessions,
      },
      sessions: { ...basket.sessions, sessions: [], notCovered: [] },
      scope: { files: ['plain.js', 'checks/double.js', 'double.js'] },
    })
    const { details } = body.gates.find(({ gate }) => gate === 'integrity')!
    expect(details.map(({ subject, message }) => `${subject}: ${message}`)).toEqual([
      'checks/double.js: the test file was changed',
      'plain.js: the test file was changed',
    ])
  }, 60_000)

  it('without tests and sessions lets only proven edits pass', async () => {
    const { workbench, root } = await openFixture('printer')
    const checks = discoverChecks({ scripts: {} }, [])
    const told = await runBaseline(workbench, 'base', checks)
    const patch = await applyChanges({ edit: basket.project.edit, workbench, checks, root }, [
      { file: 'double.js', anchor: 'value + value', text: 'value + value + 1' },
    ])
    const input = {
      ...{
        workbench,
        base: 'base',
        patched: 'patched',
        patch,
        checks,
        baseline: told,
        seed: 1,
        allow: {},
        equivalence: fewSessions,
      },
      sessions: { ...basket.sessions, sessions: [], notCovered: [] },
      scope: { files: ['double.js'] },
    }
    const body = await verify(input)
    expect(body.result).toBe('fail')
    expect(body.gates.find(({ gate }) => gate === 'characterization')!.summary).toBe(
      'nothing tells what 1 edit would change',
    )
    expect((await greenSubset({ ...input, maxRuns: 5 })).patch.edits).toEqual([])
    const proven = { kind: 'proven', assumptions: [] } as const
    const edits = patch.edits.map((each) => ({ ...each, evidence: proven }))
    const { gates } = await verify({ ...input, patch: { ...patch, edits } })
    expect(gates.find(({ gate }) => gate === 'characterization')!.status).toBe('warn')
  }, 60_000)

  it('cannot leave a report of an earlier run to be taken for a new one', async () => {
    const { workbench } = await openFixture('printer')
    const forged = JSON.stringify({ status: 'passed', path: ['all is well'], file: 'x.js' })
    await workbench.write('base', new Map([['.iama-report.json', Buffer.from(forged + '\n')]]))
    const checks = discoverChecks({ scripts: { test: 'node --test-force-exit --check plain.js --test' } }, [])
    const { leaves } = await runBaseline(workbench, 'base', checks)
    expect(leaves[0]!.tests.map(({ id }) => id)).not.toContain('x.js > all is well')
  }, 60_000)
})
