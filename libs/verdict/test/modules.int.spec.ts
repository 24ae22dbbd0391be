import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { applyPatch, sha256, type Operation, type Patch } from '@iama/patch'
import { discoverChecks } from '../src/checks/discover-checks.ts'
import type { PackageJson } from '../src/checks/packages.ts'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { changedPaths, readTree } from '../src/gates/context.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { LocalWorkbench } from '../src/testing.ts'
import type { Allowance, VerdictBody } from '../src/types.ts'
import { verify } from '../src/verify.ts'
import { fewSessions } from './fixture.ts'

const roots: string[] = []
afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true })
})

type Files = Readonly<Record<string, string>>

const manifest = {
  name: 'rows',
  version: '1.0.0',
  private: true,
  main: 'lib/index.js',
  scripts: { test: 'node --test test/*.test.js' },
}

const pretty = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`

const { name, version, ...others } = manifest
const moduleManifest = { name, version, type: 'module', ...others }

/** The entry hands out what stands inside: a function, a class and what it made while it was loaded. */
const commonJs: Files = {
  'package.json': pretty(manifest),
  'lib/index.js': `'use strict'

const parse = require('./parse')
const { Row, widest } = require('./row')
const { format } = require('./format')

const empty = parse('')

module.exports = {
  parse,
  Row,
  empty,
  table: (text) => format(parse(text).map((row) => row.cells)),
  width: (text) => widest(parse(text)),
}
`,
  'lib/parse.js': `'use strict'

const { Row } = require('./row')

module.exports = function parse(text) {
  return text.split('\\n').map((line) => new Row(line.split(',')))
}
`,
  'lib/row.js': `'use strict'

class Row {
  constructor(cells) {
    this.cells = cells
  }
  get width() {
    return this.cells.length
  }
  cell(n) {
    return this.cells[n < 0 ? this.cells.length + n : n]
  }
}

const widest = (rows) => Math.max(...rows.map((row) => row.width))

module.exports = { Row, widest }
`,
  'lib/format.js': `'use strict'

const format = (rows) => rows.map((cells) => cells.join('|')).join('\\n')

module.exports = { format }
`,
  'test/rows.test.js': `'use strict'

const assert = require('node:assert')
const test = require('node:test')
const rows = require('..')
const { format } = require('../lib/format')

test('parses', () => {
  const [first, second] = rows.parse('a,b,c\\nd')
  assert.strictEqual(first.cell(-1), 'c')
  assert.strictEqual(second.cell(0), 'd')
  assert.strictEqual(rows.empty.length, 1)
  assert.strictEqual(new rows.Row(['x', 'y']).cell(1), 'y')
})

test('measures and formats', () => {
  assert.strictEqual(rows.width('a,b\\nc'), 2)
  assert.strictEqual(rows.table('a,b\\nc'), 'a|b\\nc')
  assert.strictEqual(format([['p', 'q']]), 'p|q')
})
`,
}

const exported = "export { api as default, api as 'module.exports' }"

const esModules: Files = {
  'package.json': pretty(moduleManifest),
  'test/package.json': pretty({ type: 'commonjs' }),
  'lib/index.js': `import parse from './parse.js'
import { Row, widest } from './row.js'
import { format } from './format.js'

const empty = parse('')

const api = {
  parse,
  Row,
  empty,
  table: (text) => format(parse(text).map((row) => row.cells)),
  width: (text) => widest(parse(text)),
}

${exported}
`,
  'lib/parse.js': `import { Row } from './row.js'

export default function parse(text) {
  return text.split('\\n').map((line) => new Row(line.split(',')))
}
`,
  'lib/row.js': commonJs['lib/row.js']!.replace("'use strict'\n\n", '').replace('module.exports =', 'export'),
  'lib/format.js': `const format = (rows) => rows.map((cells) => cells.join('|')).join('\\n')

const api = { format }

${exported.replace(' }', ', format }')}
`,
}

const scope = { files: [...Object.keys(esModules), 'lib/side.js'] }

/** All of it is one edit: none of its parts can be loaded without the others. */
const patchOf = (before: Files, after: Files): Patch => {
  const operations = Object.entries(after).map(([file, text]): Operation => {
    const old = before[file]
    return old === undefined
      ? { type: 'create_file', path: file, text }
      : { type: 'write_file', path: file, base: sha256(Buffer.from(old)), text }
  })
  const title = 'CommonJS becomes ES modules'
  const edit = { id: 'edit-1', recipe: 'modules', title, reason: 'a test', operations, dependsOn: [] }
  return { version: 1, edits: [{ ...edit, evidence: { kind: 'unproven' } }] }
}

const open = async (before: Files) => {
  const root = await realpath(await mkdtemp(path.join(os.tmpdir(), 'iama-modules-')))
  roots.push(root)
  for (const [file, text] of Object.entries(before)) {
    await mkdir(path.dirname(path.join(root, 'base', file)), { recursive: true })
    await writeFile(path.join(root, 'base', file), text)
  }
  const workbench = new LocalWorkbench(root)
  const tree = await readTree(workbench, 'base')
  const checks = discoverChecks(JSON.parse(before['package.json']!) as PackageJson, Object.keys(before))
  const baseline = await runBaseline(workbench, 'base', checks)
  const recorded = { files: scope.files.filter((file) => before[file] !== undefined) }
  const sessions = await recordSessions(workbench, 'base', checks, recorded, { baseline, mutations: 0 })
  const judge = async (after: Files, allow: Allowance = { esModules: true, newModules: ['test/package.json'] }) => {
    const patch = patchOf(before, after)
    const patched = applyPatch(tree, patch)
    await workbench.fork('base', 'patched')
    const changed = changedPaths(tree, patched).map((each) => [each, patched.get(each)?.content ?? null] as const)
    await workbench.write('patched', new Map(changed))
    const trees = { workbench, base: 'base', patched: 'patched', patch }
    const budgets = { equivalence: fewSessions, strength: { mutants: 20, suiteRuns: 0 } }
    const body = await verify({ ...trees, checks, baseline, sessions, scope, seed: 1, allow, ...budgets })
    await workbench.remove('patched')
    return { body, failing: failuresOf(body) }
  }
  return { judge, sessions }
}

const failuresOf = ({ gates }: VerdictBody): Record<string, string[]> =>
  Object.fromEntries(
    gates
      .filter(({ status }) => status === 'fail')
      .map(({ gate, details }) => [
        gate,
        details.filter(({ kind }) => kind !== 'note').map(({ subject, message }) => `${subject}: ${message}`),
      ]),
  )

const change = (files: Files, file: string, from: string, to: string): Files => {
  const text = files[file]!.replace(from, to)
  if (text === files[file]) throw new Error(`${file} does not hold ${from}`)
  return { ...files, [file]: text }
}

/** `widest` is called while the entry is loaded, and nobody can call it from outside. */
const hiding = (index: string): string => index.replace('const empty =', 'widest([])\n\nconst empty =')

describe('a private package that becomes ES modules', () => {
  let rows: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    rows = await open(commonJs)
  }, 120_000)

  it('passes every gate, and is still led through what stands inside', async () => {
    const { body, failing } = await rows.judge(esModules)
    expect(failing).toEqual({})
    expect(body.gates.map(({ gate, status }) => `${gate} ${status}`)).toEqual([
      'baseline pass',
      'characterization pass',
      'strength pass',
      'equivalence pass',
      'integrity pass',
      'surface pass',
      'scope pass',
    ])
    const details = (gate: string) => body.gates.find((each) => each.gate === gate)!.details
    const message = 'not compared: inside of the package, which is private, nobody asks for it'
    expect(details('surface')).toEqual([
      { kind: 'note', subject: 'lib/parse.js', message },
      { kind: 'note', subject: 'lib/row.js', message },
    ])
    // those of parse and Row were recorded under names that nobody can ask for any more
    expect(rows.sessions.sessions.length).toBe(6)
    expect(rows.sessions.sessions.flatMap(({ modules }) => modules)).toContain('lib/parse.js')
    expect(body.gates.find(({ gate }) => gate === 'characterization')).toMatchObject({
      summary: '6 sessions without a difference',
      details: [],
    })
  }, 240_000)

  it('is refused without the approval', async () => {
    const { failing } = await rows.judge(esModules, {})
    expect(failing['integrity']).toEqual([
      'package.json: the manifest file was changed',
      'test/package.json: a manifest file was added',
    ])
    expect(failing['surface']?.join('\n')).toMatch(/lib\/parse\.js#/)
    expect(failing['characterization']).not.toBe(undefined)
  }, 240_000)

  it('changes nothing else in package.json', async () => {
    const { failing } = await rows.judge(change(esModules, 'package.json', '1.0.0', '2.0.0'))
    expect(failing).toEqual({
      integrity: ['package.json: the manifest file was changed', 'test/package.json: a manifest file was added'],
    })
    const wider = { ...esModules, 'test/package.json': pretty({ type: 'commonjs', main: 'rows.test.js' }) }
    expect((await rows.judge(wider)).failing).toEqual({ integrity: ['test/package.json: a manifest file was added'] })
    const elsewhere = { ...esModules, 'docs/package.json': pretty({ type: 'commonjs' }) }
    expect((await rows.judge(elsewhere)).failing).toEqual({
      integrity: ['docs/package.json: a manifest file was added'],
      scope: ['docs/package.json: it is not in the approved scope'],
    })
    const alone = { ...commonJs, 'test/package.json': pretty({ type: 'commonjs' }) }
    expect((await rows.judge(alone)).failing).toEqual({ integrity: ['test/package.json: a manifest file was added'] })
  }, 240_000)

  it('gives in its entries what require gave before', async () => {
    const lost = change(esModules, 'lib/index.js', ", api as 'module.exports'", '')
    expect((await rows.judge(lost)).failing['surface']?.join('\n')).toMatch(/lib\/index\.js#/)
    // the tests ask for it themselves, and would see it only where they look
    const less = change(esModules, 'lib/format.js', ", api as 'module.exports'", '')
    expect((await rows.judge(less)).failing['surface']?.join('\n')).toMatch(/lib\/format\.js#/)
  }, 240_000)

  it('gives by import what it gives by require', async () => {
    const other = change(esModules, 'lib/index.js', 'api as default', 'parse as default')
    expect((await rows.judge(other)).failing).toEqual({
      surface: ['lib/index.js#[[import]].default: new: another value than require gives'],
    })
    const none = change(esModules, 'lib/index.js', 'api as default, ', '')
    expect((await rows.judge(none)).failing['surface']).toEqual([
      'lib/index.js#[[import]].default: new: another value than require gives',
    ])
    const named = change(esModules, 'lib/index.js', 'api as default', 'Row as parse, Row, widest, api as default')
    const swapped = change(named, 'lib/index.js', "import parse from './parse.js'", "import split from './parse.js'")
    const split = change(swapped, 'lib/index.js', '  parse,', '  parse: split,')
    expect(split['lib/index.js']).toContain('Row as parse')
    const both = { ...split, 'lib/index.js': split['lib/index.js']!.replaceAll('parse(', 'split(') }
    expect((await rows.judge(both)).failing['surface']).toEqual([
      'lib/index.js#[[import]].parse: new: another value than require gives',
      'lib/index.js#[[import]].widest: new: another value than require gives',
    ])
  }, 240_000)

  it('makes nothing else of a file that it leaves as it is', async () => {
    const release = { 'scripts/release.js': "require('node:fs')\n", 'bin/run': "#!/usr/bin/env node\nrequire('..')\n" }
    const typed = {
      'scripts/count.ts': 'const most: number = 2\nmodule.exports = most\n',
      'scripts/view.d.ts': 'type A = 1\n',
    }
    const { judge } = await open({ ...commonJs, ...release, ...typed })
    expect((await judge(esModules)).failing['integrity']).toEqual([
      'bin/run: it is loaded as an ES module now, and nothing in it was changed',
      'scripts/count.ts: it is loaded as an ES module now, and nothing in it was changed',
      'scripts/release.js: it is loaded as an ES module now, and nothing in it was changed',
    ])
  }, 240_000)

  it('does what it did, inside as well', async () => {
    const parsed = change(esModules, 'lib/parse.js', "line.split(',')", "line.split(',').reverse()")
    expect(Object.keys((await rows.judge(parsed)).failing)).toContain('characterization')
    const silent = change(esModules, 'lib/row.js', ': n]', ': n || 0]')
    expect(Object.keys((await rows.judge(silent)).failing)).toEqual(['equivalence'])
  }, 240_000)

  it('is not led through what has no name outside, and says so', async () => {
    const { judge } = await open({ ...commonJs, 'lib/index.js': hiding(commonJs['lib/index.js']!) })
    const { body, failing } = await judge({ ...esModules, 'lib/index.js': hiding(esModules['lib/index.js']!) })
    expect(failing).toEqual({})
    expect(body.gates.find(({ gate }) => gate === 'characterization')).toMatchObject({
      summary: '6 sessions without a difference',
      details: [
        {
          kind: 'note',
          subject: 'not asked',
          message: '1 session call what stands inside of the package, which is private, where nobody asks for it',
        },
      ],
    })
  }, 240_000)
})

describe('what the tests of a private package ask for', () => {
  const nameless = change(commonJs, 'lib/format.js', 'const format =', 'exports.format =')
  const before: Files = {
    ...change(nameless, 'lib/format.js', '\nmodule.exports = { format }\n', ''),
    'lib/side.js': "'use strict'\n\nArray.isArray([])\n",
    'test/side.test.js': "require('../lib/side')\n",
  }
  const named = change(esModules, 'lib/format.js', 'const format =', 'export const format =')
  const after: Files = {
    ...change(named, 'lib/format.js', ', format }', ' }'),
    'lib/side.js': 'Array.isArray([])\n',
  }

  it('gets a name from its export where it has none, and may export nothing as before', async () => {
    const { judge } = await open(before)
    const { body, failing } = await judge(after)
    expect(failing).toEqual({})
    expect(body.gates.find(({ gate }) => gate === 'surface')!.details).toEqual(
      expect.arrayContaining([
        { kind: 'note', subject: 'lib/side.js', message: 'it exports nothing, as before' },
        { kind: 'note', subject: 'lib/format.js#format.name', message: 'approved: "" became "format"' },
      ]),
    )
    const loud = { ...after, 'lib/side.js': 'export const loud = Array.isArray([])\n' }
    expect((await judge(loud)).failing['surface']?.join('\n')).toMatch(/lib\/side\.js#/)
  }, 240_000)

  it('keeps the name that it has', async () => {
    const { judge } = await open(commonJs)
    const other = change(esModules, 'lib/format.js', 'const format =', 'const layout =')
    const renamed = change(other, 'lib/format.js', '{ format }', '{ format: layout }')
    const { failing } = await judge(change(renamed, 'lib/format.js', ', format }', ', layout as format }'))
    expect(failing['surface']).toEqual(['lib/format.js#format.name: "format" became "layout"'])
  }, 240_000)
})

describe('a private package that says what can be imported of it', () => {
  it('keeps what its own tests and scripts ask for besides', async () => {
    const bench = "import { parse } from '../lib/index.js'\nparse('a,b')\n"
    const narrow = (files: Files): Files =>
      change(files, 'package.json', '  "main"', '  "exports": "./lib/index.js",\n  "main"')
    const { judge } = await open({ ...narrow(commonJs), 'bench/rows.mjs': bench })
    const named = change(narrow(esModules), 'lib/index.js', "'module.exports' }", "'module.exports', parse }")
    expect((await judge(named)).failing).toEqual({})
    expect((await judge(narrow(esModules))).failing).toEqual({
      surface: ['lib/index.js#parse: gone, and bench/rows.mjs imports it'],
    })
    const less = change(named, 'lib/format.js', ", api as 'module.exports'", '')
    expect((await judge(less)).failing['surface']?.join('\n')).toMatch(/lib\/format\.js#/)
  }, 240_000)
})

describe('a package that others install', () => {
  it('does not become ES modules', async () => {
    const before = change(commonJs, 'package.json', '  "private": true,\n', '')
    const { judge } = await open(before)
    const { failing } = await judge(change(esModules, 'package.json', '  "private": true,\n', ''))
    expect(failing['integrity']).toEqual([
      'package.json: the manifest file was changed',
      'test/package.json: a manifest file was added',
    ])
    expect(failing['surface']?.join('\n')).toMatch(/lib\/parse\.js#/)
  }, 240_000)
})
