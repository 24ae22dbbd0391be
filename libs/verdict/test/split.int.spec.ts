import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { analyze, propose, transform } from '@iama/codemod'
import { applyPatch, type Operation, type Patch } from '@iama/patch'
import { discoverChecks } from '../src/checks/discover-checks.ts'
import type { PackageJson } from '../src/checks/packages.ts'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { changedPaths, readTree } from '../src/gates/context.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { LocalWorkbench } from '../src/testing.ts'
import type { Allowance } from '../src/types.ts'
import { verify } from '../src/verify.ts'
import { fewSessions } from './fixture.ts'

const roots: string[] = []
afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true })
})

/** A function that takes numbers apart, so many steps long. */
const steps = (name: string, count: number, first: string, typed: boolean): string => {
  const body = Array.from({ length: count }, (_, at) => `  if (n % ${at + 3} === 0) n += ${at + 1}`)
  const [parameter, result] = typed ? ['n: number', ': number'] : ['n', '']
  return [`function ${name}(${parameter})${result} {`, `  ${first}`, ...body, '  return n', '}', ''].join('\n')
}

/** Two groups of functions; one counts in a variable of the file, and has to stay. */
const longFile = (typed: boolean): string => {
  const t = (text: string): string => (typed ? text : '')
  return [
    "import { strictEqual } from 'node:assert'\n",
    `let calls = 0\n`,
    ...(typed ? ['export interface Weighed {\n  readonly weight: number\n}\n'] : []),
    `const LIMIT = 40 * 2`,
    steps('half', 50, 'n = n > LIMIT ? LIMIT : n', typed),
    `/** What a number weighs. */\nexport function weigh(n${t(': number')})${t(': Weighed')} {\n  return { weight: half(n) }\n}\n`,
    `export ${steps('heavier', 30, 'n = weigh(n).weight', typed)}`,
    `export ${steps('count', 240, 'calls += 1', typed)}`,
    `export const counted = ()${t(': number')} => calls + heavier(2)\n`,
    `strictEqual(calls, 0)\n`,
  ].join('\n')
}

const test = `import assert from 'node:assert'
import { test } from 'node:test'
import { count, counted, heavier, weigh } from '../lib/old.js'
test('weighs', () => {
  for (let n = 0; n < 20; n++) assert.strictEqual(weigh(n).weight > 0, n >= 0 && weigh(n).weight !== 0)
  assert.deepStrictEqual([heavier(1), heavier(90)].map(Number.isInteger), [true, true])
})
test('counts', () => {
  const before = counted()
  assert.strictEqual(Number.isInteger(count(7)), true)
  assert.strictEqual(counted(), before + 1)
})
`

const open = async (files: Readonly<Record<string, string>>) => {
  const root = await realpath(await mkdtemp(path.join(os.tmpdir(), 'iama-split-')))
  roots.push(root)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, 'base', name)), { recursive: true })
    await writeFile(path.join(root, 'base', name), text)
  }
  await mkdir(path.join(root, 'base/node_modules'), { recursive: true })
  const typescript = path.resolve(import.meta.dirname, '../../../node_modules/typescript')
  await symlink(typescript, path.join(root, 'base/node_modules/typescript'))
  const workbench = new LocalWorkbench(root)
  const tree = await readTree(workbench, 'base')
  const analysis = analyze(tree)
  const request = { goal: 'split' }
  const proposal = propose(tree, analysis, request).find(({ id }) => id === 'split')!
  const { patch } = transform(tree, analysis, proposal, request)
  const checks = discoverChecks(JSON.parse(files['package.json']!) as PackageJson, Object.keys(files))
  const baseline = await runBaseline(workbench, 'base', checks)
  const scope = { files: proposal.files }
  const recorded = { files: proposal.files.filter((each) => !proposal.newFiles.includes(each)) }
  const sessions = await recordSessions(workbench, 'base', checks, recorded, { baseline, mutations: 0 })
  const judge = async (judged: Patch, allow: Allowance, files: readonly string[] = scope.files) => {
    const patched = applyPatch(tree, judged)
    await workbench.fork('base', 'patched')
    const changed = changedPaths(tree, patched).map((each) => [each, patched.get(each)?.content ?? null] as const)
    await workbench.write('patched', new Map(changed))
    const trees = { workbench, base: 'base', patched: 'patched', patch: judged }
    const budgets = { equivalence: fewSessions, strength: { mutants: 20, suiteRuns: 0 } }
    const rest = { checks, baseline, sessions, scope: { files }, seed: 1, allow, ...budgets }
    const body = await verify({ ...trees, ...rest })
    await workbench.remove('patched')
    const failures = body.gates.filter(({ status }) => status === 'fail')
    return {
      body,
      failing: failures.map(({ gate, details }) => [
        gate,
        ...details.filter(({ kind }) => kind !== 'note').map(({ subject, message }) => `${subject}: ${message}`),
      ]),
    }
  }
  return { proposal, patch, judge, sessions }
}

/** The patch with one text that it writes changed. */
const tamper = (patch: Patch, from: string, to: string): Patch => {
  const change = (operation: Operation): Operation =>
    'text' in operation ? { ...operation, text: operation.text.replace(from, to) } : operation
  const edits = patch.edits.map((edit) => ({ ...edit, operations: edit.operations.map(change) }))
  if (JSON.stringify(edits) === JSON.stringify(patch.edits)) throw new Error(`the patch does not write ${from}`)
  return { ...patch, edits }
}

describe('a package whose long file is split', () => {
  const files = {
    'package.json': '{"name":"x","version":"1.0.0","type":"module","scripts":{"test":"node --test test/*.test.js"}}',
    'index.js': "export * from './lib/old.js'\n",
    'lib/old.js': longFile(false),
    'test/old.test.js': test,
  }

  it('passes every gate, with the new file approved, and no gate without', async () => {
    const { proposal, patch, judge, sessions } = await open(files)
    expect(proposal.newFiles).toEqual(['lib/heavier.js'])
    expect(sessions.sessions.length).toBeGreaterThan(20)
    const { body, failing } = await judge(patch, { newModules: proposal.newFiles })
    expect(failing).toEqual([])
    expect(body.gates.find(({ gate }) => gate === 'surface')!.details).toContainEqual({
      kind: 'note',
      subject: 'lib/heavier.js',
      message: 'approved: a new module can be imported',
    })

    const stranger = await judge(patch, {})
    expect(stranger.failing).toEqual([['surface', 'lib/heavier.js: a new module can be imported']])

    const unnamed = await judge(patch, { newModules: proposal.newFiles }, ['lib/old.js'])
    expect(unnamed.failing).toEqual([['scope', 'lib/heavier.js: it is not in the approved scope']])

    const changed = tamper(patch, 'n > LIMIT ? LIMIT : n', 'n >= 9 ? 9 : n')
    expect((await judge(changed, { newModules: proposal.newFiles })).failing.map(([gate]) => gate)).toContain(
      'characterization',
    )

    const less = tamper(
      patch,
      "export { weigh, heavier } from './heavier.js'",
      "export { heavier } from './heavier.js'",
    )
    const lost = (await judge(less, { newModules: proposal.newFiles })).failing.flat()
    expect(lost.join('\n')).toMatch(/lib\/old\.js#weigh.*: gone/)
  }, 240_000)
})

describe('a CommonJS package whose long file is split', () => {
  const asCommonJs = (text: string): string =>
    text.replace(/^export /gm, '').replace(/^import (.*) from (.*)$/gm, 'const $1 = require($2)')
  const files = {
    'package.json': '{"name":"x","version":"1.0.0","scripts":{"test":"node --test test/*.test.js"}}',
    'index.js': "module.exports = require('./lib/old')\n",
    'lib/old.js': `'use strict'\n\n${asCommonJs(longFile(false))}module.exports = { weigh, heavier, count, counted }\n`,
    'test/old.test.js': asCommonJs(test),
  }

  it('passes every gate, and none that guards what was changed besides', async () => {
    const { proposal, patch, judge, sessions } = await open(files)
    expect(proposal.newFiles).toEqual(['lib/heavier.js'])
    expect(sessions.sessions.length).toBeGreaterThan(20)
    const { failing } = await judge(patch, { newModules: proposal.newFiles })
    expect(failing).toEqual([])

    const stranger = await judge(patch, {})
    expect(stranger.failing).toEqual([['surface', 'lib/heavier.js: a new module can be imported']])

    const changed = tamper(patch, 'n > LIMIT ? LIMIT : n', 'n >= 9 ? 9 : n')
    expect((await judge(changed, { newModules: proposal.newFiles })).failing.map(([gate]) => gate)).toContain(
      'characterization',
    )

    const less = tamper(patch, 'module.exports = { weigh, heavier }', 'module.exports = { weigh, heavier: weigh }')
    expect((await judge(less, { newModules: proposal.newFiles })).failing).not.toEqual([])
  }, 240_000)
})

describe('a package of TypeScript whose long file is split', () => {
  const options =
    '{"compilerOptions":{"module":"nodenext","target":"es2022","strict":true,"rootDir":"lib","outDir":"dist","declaration":true,"types":[]},"include":["lib"]}'
  const files = {
    'package.json':
      '{"name":"x","version":"1.0.0","type":"module","exports":"./dist/old.js","types":"./dist/old.d.ts","scripts":{"pretest":"node node_modules/typescript/bin/tsc","test":"node --test test/*.test.js"}}',
    'tsconfig.json': options,
    'lib/old.ts': longFile(true)
      .replace("import { strictEqual } from 'node:assert'\n", '')
      .replace('strictEqual(calls, 0)\n', 'if (calls > 0) throw new Error()\n'),
    'test/old.test.js': test.replace('../lib/', '../dist/'),
  }

  it('declares what it did, though it stands elsewhere', async () => {
    const { proposal, patch, judge } = await open(files)
    expect(proposal.newFiles).toEqual(['lib/heavier.ts'])
    expect((await judge(patch, { newModules: proposal.newFiles })).failing).toEqual([])

    const stranger = await judge(patch, {})
    expect(stranger.failing.flat().join('\n')).toMatch(/heavier\.d\.ts#declarations: a new declaration file/)
    expect(stranger.failing.flat().join('\n')).toMatch(/old\.d\.ts#declarations: /)

    const wider = tamper(patch, 'readonly weight: number', 'weight: number')
    expect((await judge(wider, { newModules: proposal.newFiles })).failing.flat().join('\n')).toMatch(
      /old\.d\.ts#declarations/,
    )
  }, 240_000)
})
