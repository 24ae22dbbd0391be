import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
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

const steps = (name: string, count: number, first: string): string =>
  [
    `function ${name}(n) {`,
    `  ${first}`,
    ...Array.from({ length: count }, (_, at) => `  if (n % ${at + 3} === 0) n += ${at + 1}`),
    '  return n',
    '}',
    '',
  ].join('\n')

/** Every file of it can be imported by its users, for package.json has no `exports`. */
const long: Files = {
  'package.json': `${JSON.stringify({ name: 'long', version: '1.0.0', type: 'module', main: 'lib/scale.js', scripts: { test: 'node --test' } })}\n`,
  'lib/scale.js': [
    'let calls = 0\n',
    steps('half', 60, 'n = n > 80 ? 80 : n'),
    `export ${steps('weigh', 20, 'n = half(n)')}`,
    `export ${steps('count', 240, 'calls += weigh(n)')}`,
    'export const counted = () => calls\n',
  ].join('\n'),
  'test/scale.test.js': `import assert from 'node:assert'
import { test } from 'node:test'
import { count, counted, weigh } from '../lib/scale.js'
test('weighs', () => {
  for (const n of [0, 1, 7, 20, 99]) assert.ok(weigh(n) >= Math.min(n, 80))
})
test('counts', () => {
  const before = counted()
  assert.ok(count(7) > 7)
  assert.strictEqual(counted(), before + weigh(7))
})
`,
}

const split = async (dir: string): Promise<string> => {
  const { code, stderr, jobId } = await system.iama(['refactor', dir, '--goal', 'split', '--yes'])
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return jobId
}

describe('a long file', () => {
  it(
    'is split, verified, accepted and reverted',
    async () => {
      const dir = await writeProject(long)
      const before = await readTree(dir)
      const jobId = await split(dir)
      const { patch } = await patchOf(system, jobId)
      expect(
        patch.edits.flatMap(({ operations }) => operations.map(({ type, path: at }) => `${type} ${at}`)),
      ).toContain('create_file lib/weigh.js')
      const { body } = await verdictOf(system, jobId)
      expect(JSON.stringify(body)).toContain('approved: a new module can be imported')

      expect((await system.iama(['accept', jobId])).code).toBe(0)
      expect(await readFile(path.join(dir, 'lib/weigh.js'), 'utf8')).toMatch(/^function half\(n\) \{/)
      expect((await readFile(path.join(dir, 'lib/scale.js'), 'utf8')).split('\n').slice(0, 3)).toEqual([
        "import { weigh } from './weigh.js'",
        '',
        "export { weigh } from './weigh.js'",
      ])
      expect((await system.iama(['revert', jobId])).code).toBe(0)
      expect(await readTree(dir)).toEqual(before)
    },
    5 * MINUTE,
  )

  it(
    'stays as it is where a link of the project has the name of the new one',
    async () => {
      const dir = await writeProject(long)
      await symlink('scale.js', path.join(dir, 'lib/Weigh.js'))
      const { stdout, stderr } = await system.iama(['refactor', dir, '--goal', 'split', '--yes'])
      expect(stdout + stderr).toContain('lib/weigh.js is not to be edited or made')
    },
    5 * MINUTE,
  )

  it(
    'is not written where something of that name has come, and nobody follows a link out of the folder',
    async () => {
      const dir = await writeProject(long)
      const elsewhere = path.join(await mkdtemp(`${dir}-elsewhere-`), 'weigh.js')
      await writeFile(elsewhere, '// not ours\n')
      const jobId = await split(dir)
      await symlink(elsewhere, path.join(dir, 'lib/weigh.js'))
      const { code, stderr } = await system.iama(['accept', jobId])
      expect(code).not.toBe(0)
      expect(stderr).toContain('lib/weigh.js')
      expect(await readFile(elsewhere, 'utf8')).toBe('// not ours\n')
      expect(await readFile(path.join(dir, 'lib/scale.js'), 'utf8')).toBe(long['lib/scale.js'])
    },
    5 * MINUTE,
  )
})
