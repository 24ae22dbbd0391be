import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { readTree } from '../../../tools/demo/trees.ts'
import { writeProject } from './projects.ts'
import { jsonLines } from './reading.ts'
import { openSystem, type Said, type System } from './system.ts'

let system: System
const MINUTE = 60_000

beforeAll(async () => {
  system = await openSystem()
}, 3 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

const ends = async (code: number, ...args: string[]): Promise<Said> => {
  const said = await system.iama(args)
  const heard = said.code === code ? '' : said.stderr + said.stdout
  expect({ args, code: said.code, heard }).toEqual({ args, code, heard: '' })
  return said
}

const git = async (dir: string, ...args: string[]): Promise<string> => {
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'commit.gpgsign=false']
  return (await promisify(execFile)('git', [...who, ...args], { cwd: dir })).stdout
}

/** Small, for every check records all of it; `exports` says what can be imported, so that a new file is no new module. */
const sample = {
  'package.json': `${JSON.stringify({ name: 'sample', version: '1.0.0', exports: './index.js', scripts: { test: 'node --test' } })}\n`,
  'index.js': `'use strict';

var SEPARATOR = ', ';

function greet(name, greeting) {
  var words = greeting || 'Hello';
  return words + SEPARATOR + name + '!';
}

/*
 * The sum of prices.
 */

function total(items) {
  var sum = 0;
  for (var i = 0; i < items.length; i++) sum += items[i];
  return sum;
}

module.exports = { greet: greet, total: total };
`,
  'test/sample.test.js': `'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const sample = require('..');

test('greets', () => assert.strictEqual(sample.greet('Ada', 'Good day'), 'Good day, Ada!'));
test('adds up', () => assert.strictEqual(sample.total([2, 3]), 5));
`,
}

/** What the gates said, as far as it is looked at here. */
interface Result {
  readonly gates: readonly { readonly gate: string; readonly status: string }[]
  readonly failures: readonly { readonly testId: string }[]
  readonly dropped: readonly { readonly title: string }[]
}

/** A package in a folder of a repository, as it was committed. */
const committed = async (): Promise<{ repository: string; dir: string }> => {
  const repository = await writeProject({ 'README.md': 'two packages\n' })
  const dir = path.join(repository, 'packages/sample')
  for (const [name, content] of Object.entries(sample)) {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true })
    await writeFile(path.join(dir, name), content)
  }
  await git(repository, 'init', '-q')
  await git(repository, 'add', '-A')
  await git(repository, 'commit', '-q', '-m', 'base')
  return { repository, dir }
}

const change = async (file: string, from: string, to: string): Promise<void> => {
  const text = await readFile(file, 'utf8')
  expect(text).toContain(from)
  await writeFile(file, text.replace(from, to))
}

/** Nothing that a caller could notice. */
const harmlessly = async (dir: string): Promise<void> => {
  await change(path.join(dir, 'index.js'), 'var sum = 0;', 'let sum = 0;')
  await mkdir(path.join(dir, 'lib'))
  await writeFile(path.join(dir, 'lib/notes.js'), "'use strict';\n\nexports.notes = [];\n")
}

/** The project's own tests still pass, for no greeting of theirs is empty; the other hunk changes nothing. */
const harmfully = async (dir: string): Promise<void> => {
  await change(path.join(dir, 'index.js'), "greeting || 'Hello';", "greeting ?? 'Hello';")
  await change(path.join(dir, 'index.js'), 'var sum = 0;', 'let sum = 0;')
}

describe('a change that somebody else made', () => {
  it(
    'is green when it changes no behaviour: the verdict is signed, verifies offline, and is about these files',
    async () => {
      const { dir } = await committed()
      await harmlessly(dir)
      const before = await readTree(dir)
      const file = path.join(await writeProject({ 'note.txt': '' }), 'verdict.json')
      const { stdout, stderr } = await ends(0, 'check', dir, '--base', 'HEAD', '--out', file)
      expect(stdout).toMatch(/green: every gate passes/)
      expect(stdout).toMatch(/baseline[\s\S]*surface[\s\S]*scope/)
      expect(stderr).toMatch(/2 edits in 2 files/)
      expect(await readTree(dir)).toEqual(before)

      const verified = jsonLines(await ends(0, 'verify', file, '--tree', dir, '--json'))[0]!
      expect(verified).toMatchObject({
        signature: 'good',
        vouchedFor: false,
        tree: 'patched',
        body: { result: 'pass' },
      })
      const key = String(verified['fingerprint'])
      expect((await ends(0, 'doctor')).stdout).toContain(key)
      expect((await ends(0, 'verify', file, '--key', key)).stderr).toBe('')

      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace('"result":"pass"', '"result":"fail"'))
      const [refusal] = jsonLines(await ends(5, 'verify', file, '--json'))
      expect(refusal).toMatchObject({ type: 'error', code: 'SIGNATURE_INVALID' })
    },
    2 * MINUTE,
  )

  it(
    'is red when it changes behaviour, with what shows it and which hunk of it, also as a diff from the top',
    async () => {
      const { repository, dir } = await committed()
      await harmfully(dir)
      const diff = path.join(await writeProject({ 'note.txt': '' }), 'change.patch')
      await writeFile(diff, await git(repository, 'diff'))
      await git(repository, 'checkout', '-q', '.')
      const before = await readTree(dir)

      const lines = jsonLines(await ends(5, 'check', dir, '--patch', diff, '--json'))
      const told = lines.at(-1)!
      expect(told).toMatchObject({ type: 'check', exitCode: 5, green: false, verdictFile: expect.any(String) })
      const { gates, failures, dropped } = told['result'] as Result
      expect(gates.filter(({ status }) => status === 'fail').map(({ gate }) => gate)).toEqual(['characterization'])
      expect(failures.map(({ testId }) => testId).join()).toMatch(/greet\('Ada', ''\)/)
      expect(dropped.map(({ title }) => title)).toEqual(['index.js, line 6'])
      expect(await readTree(dir)).toEqual(before)

      const verdict = jsonLines(await ends(0, 'verify', String(told['verdictFile']), '--json'))[0]!
      expect(verdict).toMatchObject({ signature: 'good', body: { result: 'fail', patch: told['patch'] } })
    },
    2 * MINUTE,
  )

  it('is refused, with nothing started, when it cannot be judged or is none', async () => {
    const { repository, dir } = await committed()
    expect((await ends(0, 'check', dir, '--base', 'HEAD')).stderr).toContain('nothing to check')
    expect((await ends(2, 'check', dir)).stderr).toMatch(/--base REF.*--patch FILE/)
    expect((await ends(2, 'check', dir, '--base', 'no-such-branch')).stderr).toContain('fetch-depth')

    await writeFile(path.join(dir, 'logo.png'), Buffer.from([0, 1, 2]))
    expect((await ends(2, 'check', dir, '--base', 'HEAD')).stderr).toContain('logo.png: it is not UTF-8 text')
    await rm(path.join(dir, 'logo.png'))

    await harmlessly(dir)
    const diff = path.join(repository, 'change.patch')
    await writeFile(diff, await git(repository, 'diff'))
    const [error] = jsonLines(await ends(2, 'check', dir, '--patch', diff, '--json'))
    expect(error).toMatchObject({
      code: 'PATCH_DOES_NOT_APPLY',
      hints: expect.arrayContaining([expect.stringContaining('index.js')]),
    })
    await ends(2, 'verify', diff)
  })

  it(
    'is not judged by tests that are red without it, nor after Ctrl-C',
    async () => {
      const { repository, dir } = await committed()
      await harmlessly(dir)
      const running = system.begin(['check', dir, '--base', 'HEAD'])
      await running.said(/ANALYZING/)
      running.kill('SIGINT')
      const stopped = await running.ended
      expect(stopped).toMatchObject({ code: 130, stderr: expect.stringContaining('is cancelled') })
      expect(jsonLines(await ends(5, 'watch', stopped.jobId, '--json')).at(-1)).toMatchObject({
        job: { state: 'JOB_STATE_CANCELLED' },
      })

      await git(repository, 'checkout', '-q', '.')
      await change(path.join(dir, 'test/sample.test.js'), '5));', '6));')
      await git(repository, 'commit', '-q', '-a', '-m', 'red')
      await change(path.join(dir, 'index.js'), 'var sum = 0;', 'let sum = 0;')
      const { stderr } = await ends(5, 'check', dir, '--base', 'HEAD')
      expect(stderr).toContain('BASELINE_RED')
      expect(stderr).toContain('adds up')
    },
    2 * MINUTE,
  )
})
