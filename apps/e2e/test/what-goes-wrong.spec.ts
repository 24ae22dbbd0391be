import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readTree } from '../../../tools/demo/trees.ts'
import { healthy, withTest, writeProject } from './projects.ts'
import { openSystem, type System } from './system.ts'

let system: System
const MINUTE = 60_000

beforeAll(async () => {
  system = await openSystem()
}, 3 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

const refactor = (dir: string, ...more: string[]) =>
  system.iama(['refactor', dir, '--goal', 'modernize', '--target', 'node20', '--yes', ...more])

describe('a healthy project', () => {
  it(
    'is refactored, accepted and reverted, byte for byte',
    async () => {
      const dir = await writeProject({
        ...healthy,
        'lib/crlf.js': "'use strict';\r\nvar a = 1;\r\nexports.a = function () { return 'x' + a; };\r\n",
        'lib/bom.js': "\uFEFF'use strict';\nvar b = 2;\nexports.b = b;",
        'lib/name with spaces é.js': "'use strict';\nvar c = 3;\nmodule.exports = c;",
        'image.bin': Uint8Array.from({ length: 1_000 }, (_, i) => i % 256),
      })
      await symlink('/etc/passwd', path.join(dir, 'points-out'))
      const before = await readTree(dir)
      const done = await refactor(dir)
      expect(done.code).toBe(0)
      expect(await readTree(dir)).toEqual(before)

      expect((await system.iama(['accept', done.jobId])).code).toBe(0)
      const after = await readTree(dir)
      expect(after.get('index.js')).not.toBe(before.get('index.js'))
      for (const kept of ['image.bin', 'points-out', 'test/sample.test.js'])
        expect(after.get(kept)).toBe(before.get(kept))
      expect(await readFile(path.join(dir, 'lib/crlf.js'), 'utf8')).not.toMatch(/[^\r]\n/)

      expect((await system.iama(['revert', done.jobId])).code).toBe(0)
      expect(await readTree(dir)).toEqual(before)
    },
    2 * MINUTE,
  )

  it(
    'gets the same patch twice',
    async () => {
      const dir = await writeProject(healthy)
      const diffs = []
      for (let run = 0; run < 2; run++) {
        const { code, jobId } = await refactor(dir)
        expect(code).toBe(0)
        diffs.push((await system.iama(['diff', jobId])).stdout)
      }
      expect(diffs[0]).toContain('+++ b/index.js')
      expect(diffs[1]).toBe(diffs[0])
    },
    2 * MINUTE,
  )
})

describe('what cannot be done is said', () => {
  it(
    'a folder without anything to refactor',
    async () => {
      const { code, stderr } = await refactor(await writeProject({ 'notes.txt': 'nothing to see\n' }))
      expect(code).toBe(5)
      expect(stderr).toMatch(/NOTHING_TO_DO|nothing to (do|refactor)/i)
    },
    MINUTE,
  )

  it(
    'a file that cannot be parsed, by name and line, while the others go on',
    async () => {
      const dir = await writeProject({ ...healthy, 'lib/broken.js': "'use strict';\nvar = 1;\n" })
      const { code, stderr, stdout } = await refactor(dir)
      expect(stdout + stderr).toMatch(/lib\/broken\.js:2/)
      expect(code).toBe(0)
    },
    MINUTE,
  )

  it(
    'tests that are red before anything was changed',
    async () => {
      const dir = await writeProject(withTest('red', "test('is red today', () => assert.strictEqual(1, 2));\n"))
      const { code, stderr, stdout } = await refactor(dir)
      expect(code).toBe(6)
      expect(stdout + stderr).toContain('BASELINE_RED')
      expect(stdout + stderr).toContain('is red today')
    },
    MINUTE,
  )

  it(
    'a test that leaves its folder or opens the network is refused that, and the job goes on',
    async () => {
      const dir = await writeProject(
        withTest(
          'curious',
          `test('cannot write outside', () => assert.throws(() => require('node:fs').writeFileSync('/etc/iama', 'x')));
test('cannot connect', async () => {
  await assert.rejects(fetch('http://127.0.0.1:${new URL(system.info.gatewayUrl!).port}/health'));
});
`,
        ),
      )
      expect((await refactor(dir)).code).toBe(0)
    },
    MINUTE,
  )

  it(
    'a tree that has changed since, naming the file and touching nothing',
    async () => {
      const dir = await writeProject(healthy)
      const { jobId } = await refactor(dir)
      await writeFile(path.join(dir, 'index.js'), `${await readFile(path.join(dir, 'index.js'), 'utf8')}// mine\n`)
      const before = await readTree(dir)
      const { code, stderr } = await system.iama(['accept', jobId])
      expect(code).not.toBe(0)
      expect(stderr).toContain('index.js')
      expect(await readTree(dir)).toEqual(before)
    },
    MINUTE,
  )

  it('a job that nobody knows', async () => {
    const { code, stderr } = await system.iama(['watch', '0198f2d5-0000-7000-8000-000000000000'])
    expect(code).toBe(4)
    expect(stderr).toMatch(/no such job/i)
  })

  it(
    "another tenant's job, as if it did not exist",
    async () => {
      const { jobId } = await refactor(await writeProject(healthy))
      const { code, stderr } = await system.iama(['diff', jobId], await system.stranger())
      expect(code).toBe(4)
      expect(stderr).toMatch(/no such job/i)
    },
    MINUTE,
  )

  it(
    'more files than a job may bring, before anything is sent',
    async () => {
      const files = Object.fromEntries(Array.from({ length: 50_001 }, (_, i) => [`f${i % 500}/${i}.txt`, '']))
      const { code, stderr } = await refactor(await writeProject(files))
      expect(code).toBe(2)
      expect(stderr).toMatch(/50.?000/)
    },
    MINUTE,
  )
})
