import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { discoverChecks } from '../src/checks/discover-checks.ts'
import type { PackageJson } from '../src/checks/packages.ts'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { baselineGate } from '../src/gates/baseline-gate.ts'
import type { GateContext } from '../src/gates/context.ts'
import { openContext } from '../src/gates/open-context.ts'
import { surfaceGate } from '../src/gates/surface-gate.ts'
import { LocalWorkbench } from '../src/testing.ts'
import type { GateResult, SessionSet } from '../src/types.ts'
import { applyChanges, type Change } from './fixture.ts'

const unrecorded: SessionSet = {
  version: 1,
  modules: [],
  sessions: [],
  counts: {
    ...{ calls: 0, recorded: 0, duplicates: 0, tooLarge: 0, undriven: 0, overLimit: 0 },
    ...{ notReproduced: 0, unstable: 0, mutated: 0, kept: 0 },
  },
  covered: [],
  notCovered: [],
}

const roots: string[] = []
afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true })
})

/** A project of these files with this workspace's own compilers. */
const open = async (files: Readonly<Record<string, string>>, scope: readonly string[]) => {
  const root = await realpath(await mkdtemp(path.join(os.tmpdir(), 'iama-projects-')))
  roots.push(root)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, 'base', name)), { recursive: true })
    await writeFile(path.join(root, 'base', name), text)
  }
  await mkdir(path.join(root, 'base/node_modules'))
  for (const tool of ['typescript', 'esbuild']) {
    const installed = path.resolve(import.meta.dirname, '../../../node_modules', tool)
    await symlink(installed, path.join(root, 'base/node_modules', tool))
  }
  const workbench = new LocalWorkbench(root)
  const inner = new Map(
    Object.keys(files)
      .filter((name) => name.endsWith('/package.json'))
      .map((name) => [path.dirname(name), JSON.parse(files[name]!) as PackageJson]),
  )
  const checks = discoverChecks(JSON.parse(files['package.json']!) as PackageJson, Object.keys(files), { inner })
  const baseline = await runBaseline(workbench, 'base', checks)
  const record = () => recordSessions(workbench, 'base', checks, { files: scope }, { baseline, mutations: 0 })
  /** One gate alone: with a compiler at work the others take long and say the same. */
  const judge = async (gate: (context: GateContext) => Promise<GateResult>, changes: readonly Change[]) => {
    const edit = () => Promise.reject(new Error('not here'))
    const patch = await applyChanges({ workbench, checks, root, edit }, changes)
    const trees = { workbench, base: 'base', patched: 'patched', patch }
    return gate(
      await openContext({
        ...trees,
        checks,
        baseline,
        sessions: unrecorded,
        scope: { files: scope },
        seed: 1,
        allow: {},
      }),
    )
  }
  return { checks, baseline, record, judge }
}

const tsconfig = (extra: object): string =>
  JSON.stringify({
    compilerOptions: { composite: true, strict: true, target: 'es2022', module: 'nodenext', types: [] },
    ...extra,
  })

const tsc = 'node node_modules/typescript/bin/tsc'

describe('a project with project references', () => {
  const files = {
    'package.json': JSON.stringify({
      type: 'module',
      scripts: { build: `${tsc} -b`, test: 'npm run build && node --test' },
      devDependencies: { typescript: '*' },
    }),
    'tsconfig.json':
      '{ "files": [], /* only names them */ "references": [{ "path": "./src/core" }, { "path": "./src/app" }] }',
    'src/core/tsconfig.json': tsconfig({ include: ['*.ts'] }),
    'src/core/size.ts':
      'export const size = (text: string): number => text.length\nexport const unused = (a: string): string => a\n',
    'src/app/tsconfig.json': tsconfig({ include: ['*.ts'], references: [{ path: '../core' }] }),
    'src/app/sizes.ts': `import { size } from '../core/size.js'\nexport const sizes = (all: string[]): number[] => all.map((each) => size(each))\n`,
    'test/sizes.test.js': `import assert from 'node:assert'
import { test } from 'node:test'
import { size } from '../src/core/size.js'
import { sizes } from '../src/app/sizes.js'
test('size', () => assert.equal(size('abc'), 3))
test('sizes', () => assert.deepEqual(sizes(['a', 'bc']), [1, 2]))
`,
  }
  const scope = ['src/core/size.ts', 'src/app/sizes.ts']

  it('is built and compared: gate 6 sees the declarations of every project', async () => {
    const { baseline, judge } = await open(files, scope)
    expect(baseline).toMatchObject({ status: 'green', failures: [] })
    const same = await judge(surfaceGate, [
      { file: 'src/app/sizes.ts', anchor: '(each) => size(each)', text: '(one) => size(one)' },
    ])
    expect(same).toMatchObject({ status: 'pass', details: [] })
    const worse = await judge(surfaceGate, [
      { file: 'src/core/size.ts', anchor: '(a: string): string', text: '(a: string | number): string | number' },
      { file: 'src/app/sizes.ts', anchor: 'size(each))', text: 'size(each.length))' },
    ])
    expect(worse.status).toBe('fail')
    expect(worse.details).toContainEqual(
      expect.objectContaining({ kind: 'surface', subject: 'src/core/size.d.ts#declarations' }),
    )
    expect(worse.details).toContainEqual(
      expect.objectContaining({
        kind: 'types',
        subject: 'src/app/sizes.ts',
        message: expect.stringContaining('TS2345'),
      }),
    )
  }, 300_000)
})

describe('a package whose tests use a bundle', () => {
  it.each(['esm', 'cjs'])(
    'has its sources recorded through it: %s',
    async (format) => {
      const bundle = `node_modules/esbuild/bin/esbuild src/index.ts --bundle --platform=node --format=${format} --outfile=dist/index.${format}.js`
      const type = format === 'esm' ? 'module' : 'commonjs'
      const use =
        format === 'esm'
          ? `import { size } from '../dist/index.esm.js'`
          : `const { size } = require('../dist/index.cjs.js')`
      const files = {
        'package.json': JSON.stringify({ type, scripts: { pretest: bundle, test: 'node --test test/size.test.js' } }),
        'src/index.ts': `export { size } from './size'\n`,
        'src/size.ts': `export const size = (text: string): number => text.length\n`,
        'test/size.test.js': `${use}\n${format === 'esm' ? `import test from 'node:test'` : `const test = require('node:test')`}
test('size', () => { if (size('abc') !== 3) throw new Error('no') })
`,
      }
      const { baseline, record } = await open(files, ['src/size.ts'])
      expect(baseline).toMatchObject({ status: 'green', failures: [] })
      expect((await record()).covered).toEqual([{ module: 'src/size.ts', sessions: 1 }])
    },
    120_000,
  )
})

describe('a monorepo with workspaces', () => {
  const inner = (name: string, extra: object = {}): string =>
    JSON.stringify({ name: `@x/${name}`, scripts: { test: 'node --test' }, ...extra })
  const files = {
    'package.json': JSON.stringify({
      workspaces: ['packages/*'],
      scripts: { test: 'npm test -ws' },
      devDependencies: { typescript: '*' },
    }),
    'packages/a/package.json': inner('a'),
    'packages/a/a.js': `exports.twice = (n) => n * 2\n`,
    'packages/a/test/a.test.js': `require('node:test')('twice', () => require('node:assert').equal(require('../a').twice(2), 4))\n`,
    'packages/b/package.json': inner('b', { type: 'module' }),
    'packages/b/tsconfig.json': tsconfig({
      compilerOptions: { target: 'es2022', module: 'nodenext', strict: true, types: [], composite: false },
    }),
    'packages/b/b.ts': `export const half = (n: number): number => n / 2\n`,
    'packages/b/test/b.test.js': `import test from 'node:test'
import assert from 'node:assert'
import { half } from '../b.ts'
test('half', () => assert.equal(half(4), 2))
`,
  }

  it('has the tests of every workspace run in its folder, told by their files', async () => {
    const { baseline, checks, record, judge } = await open(files, ['packages/a/a.js', 'packages/b/b.ts'])
    expect(checks.leaves.map(({ cwd, command }) => [cwd, command])).toEqual([
      ['packages/a', 'node --test'],
      ['packages/b', 'node --test'],
      ['packages/b', 'tsc --noEmit -p tsconfig.json'],
    ])
    expect(baseline.leaves.flatMap(({ tests }) => tests.map(({ id }) => id))).toEqual([
      'packages/a/test/a.test.js > twice',
      'packages/b/test/b.test.js > half',
    ])
    const { covered } = await record()
    expect(covered.map(({ module }) => module).sort()).toEqual(['packages/a/a.js', 'packages/b/b.ts'])

    const broken = await judge(baselineGate, [{ file: 'packages/a/a.js', anchor: 'n * 2', text: 'n * 3' }])
    expect(broken.details[0]).toMatchObject({ subject: 'packages/a/test/a.test.js > twice' })

    const typed = await judge(surfaceGate, [
      { file: 'packages/b/b.ts', anchor: '(n: number): number', text: '(n: number, _?: string): number' },
    ])
    expect(typed.details).toContainEqual(expect.objectContaining({ subject: 'packages/b/b.d.ts#declarations' }))
  }, 300_000)
})
