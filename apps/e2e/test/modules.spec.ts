import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readTree } from '../../../tools/demo/trees.ts'
import { writeProject, type Files } from './projects.ts'
import { patchOf, verdictOf } from './reading.ts'
import { openSystem, type System } from './system.ts'

const MINUTE = 60_000

let system: System

beforeAll(async () => {
  system = await openSystem()
}, 3 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

const manifest = {
  name: 'till',
  version: '1.0.0',
  private: true,
  main: 'lib/index.js',
  scripts: { test: 'node --test' },
}

/** Its tests require the way in and one file more; nobody outside knows the third. */
const till = {
  'package.json': `${JSON.stringify(manifest, undefined, 2)}\n`,
  'lib/index.js': `'use strict'

const { join } = require('node:path')
const { parse } = require('./parse')
const money = require('./money')

/** The sum of a list of amounts, as text. */
function sum(text) {
  return money.format(parse(text).reduce((total, amount) => total + amount, 0))
}

module.exports = { sum, receipt: () => join(__dirname, 'receipt.txt') }
`,
  'lib/parse.js': `'use strict'

const parse = (text) => text.split(/[+,]/).map((part) => Math.round(Number(part) * 100))

module.exports = { parse }
`,
  'lib/money.js': `'use strict'

exports.format = function format(cents) {
  if (!Number.isFinite(cents)) throw new RangeError('no amount: ' + cents)
  return (cents / 100).toFixed(2)
}
`,
  'test/till.test.js': `const assert = require('node:assert')
const { test } = require('node:test')
const till = require('..')
const { format } = require('../lib/money')
test('adds', () => {
  assert.strictEqual(till.sum('1.20+0.05,3'), '4.25')
  assert.strictEqual(till.sum('7'), '7.00')
  assert.match(till.receipt(), /receipt\\.txt$/)
})
test('formats', () => {
  assert.strictEqual(format(5), '0.05')
  assert.throws(() => till.sum('x'), RangeError)
})
`,
} satisfies Files

describe('a private CommonJS package', () => {
  it(
    'becomes one of ES modules: verified, accepted, green outside of IAMA, reverted',
    async () => {
      const dir = await writeProject(till)
      const before = await readTree(dir)
      const { code, stdout, stderr, jobId } = await system.iama(['refactor', dir, '--goal', 'modules', '--yes'])
      expect({ code, stderr: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, stderr: '' })
      const { patch } = await patchOf(system, jobId)
      expect(patch.edits.map(({ recipe }) => recipe)).toEqual(['raise-floor', 'es-modules'])
      const { body } = await verdictOf(system, jobId)
      const said = JSON.stringify(body)
      expect(said).toContain('lib/parse.js')
      expect(said).toMatch(/not compared: .*private/)

      expect((await system.iama(['accept', jobId])).code).toBe(0)
      expect(await readFile(path.join(dir, 'lib/parse.js'), 'utf8')).toMatch(/\nexport \{ parse \}\n$/)
      expect(await readFile(path.join(dir, 'lib/index.js'), 'utf8')).toContain("import { parse } from './parse.js'")
      expect(JSON.parse(await readFile(path.join(dir, 'test/package.json'), 'utf8'))).toEqual({ type: 'commonjs' })
      await promisify(execFile)(process.execPath, ['--test'], { cwd: dir })
      expect((await system.iama(['revert', jobId])).code).toBe(0)
      expect(await readTree(dir)).toEqual(before)
    },
    5 * MINUTE,
  )

  it(
    'says what stands in the way',
    async () => {
      const late = till['lib/index.js']
        .replace("const money = require('./money')", '')
        .replace('money.format', "require('./money').format")
      const dir = await writeProject({ ...till, 'lib/index.js': late })
      const { stdout, stderr } = await system.iama(['refactor', dir, '--goal', 'modules', '--yes'])
      expect(stdout + stderr).toContain('./money is asked for late')
    },
    5 * MINUTE,
  )
})
