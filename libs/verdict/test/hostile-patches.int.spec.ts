import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import type { BaselineReport, SessionSet } from '../src/types.ts'
import { verify } from '../src/verify.ts'
import { applyChanges, closeFixtures, openFixture, type Change, type Project } from './fixture.ts'

/** Patches that change behaviour and try to have it go unseen. */
afterAll(closeFixtures)

let project: Project
let baseline: BaselineReport
let sessions: SessionSet
const scope = { files: ['index.js', 'lib/money.js'] }

beforeAll(async () => {
  project = await openFixture('basket')
  baseline = await runBaseline(project.workbench, 'base', project.checks)
  sessions = await recordSessions(project.workbench, 'base', project.checks, scope, { baseline, mutations: 0 })
}, 30_000)

const judge = async (changes: readonly Change[]) => {
  const { workbench, checks } = project
  const patch = await applyChanges(project, changes)
  const body = await verify({
    ...{ workbench, base: 'base', patched: 'patched', patch, checks, baseline, sessions, scope, seed: 1, allow: {} },
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
