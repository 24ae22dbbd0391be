import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdir, open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { healthy, withTest, writeProject, type Files } from './projects.ts'
import { startSystem, type OwnSystem } from './system.ts'

let system: OwnSystem
const MINUTE = 60_000
const COMMAND_SECONDS = 20
const DISK_MEGABYTES = 600

beforeAll(async () => {
  system = await startSystem({
    sandbox: { SANDBOX_SECONDS: String(COMMAND_SECONDS), SANDBOX_DISK_MEGABYTES: String(DISK_MEGABYTES) },
  })
}, 3 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

const refactor = (dir: string) => system.iama(['refactor', dir, '--goal', 'modernize', '--target', 'node20', '--yes'])

const megabytesOf = async (dir: string): Promise<number> =>
  Number((await promisify(execFile)('du', ['-sm', dir])).stdout.split('\t')[0])

describe('a limit of the sandbox', () => {
  it(
    'ends tests that hang, and is named with its setting',
    async () => {
      const dir = await writeProject(withTest('patient', "test('waits for ever', () => { for (;;); });\n"))
      const { code, stderr } = await refactor(dir)
      expect(code).toBe(6)
      expect(stderr).toMatch(/BASELINE_RED/)
      expect(stderr).toContain(`killed after ${COMMAND_SECONDS} s`)
      expect(stderr).toContain('SANDBOX_SECONDS')
    },
    2 * MINUTE,
  )

  it(
    'ends tests that fill the disk, and the host keeps its space',
    async () => {
      const dir = await writeProject(
        withTest(
          'greedy',
          `test('fills the disk', () => {
  const fs = require('node:fs');
  const block = Buffer.alloc(1 << 20, 1);
  for (let n = 0; ; n++) fs.writeFileSync('filler-' + n, Buffer.concat(Array(32).fill(block)));
});
`,
        ),
      )
      const data = system.info.dir
      const before = await megabytesOf(data)
      const { code, stderr } = await refactor(dir)
      expect(code).toBe(6)
      expect(stderr).toMatch(/BASELINE_RED/)
      expect(stderr).toMatch(/its disk is full/)
      expect(stderr).toContain('SANDBOX_DISK_MEGABYTES')
      expect((await megabytesOf(data)) - before).toBeLessThan(DISK_MEGABYTES / 2)
      expect(await readdir(dir)).not.toContain('filler-0')
    },
    2 * MINUTE,
  )
})

const sparseFile = async (file: string, bytes: number): Promise<void> => {
  await mkdir(path.dirname(file), { recursive: true })
  await using handle = await open(file, 'w')
  await handle.truncate(bytes)
}

describe('a tree that is too large', () => {
  it.each([
    ['as a whole', 21, 9_900_000, /20\d\.\d MB, but the limit is 200\.0 MB: data\/ /],
    ['in one file', 1, 10_000_001, /files over the limit of 10\.0 MB each: data\/0\.bin \(10\.0 MB\)/],
  ])(
    'is refused %s before anything is sent',
    async (_, files, bytes, said) => {
      const dir = await writeProject(healthy)
      for (let n = 0; n < files; n++) await sparseFile(path.join(dir, `data/${n}.bin`), bytes)
      const { code, stderr, jobId } = await refactor(dir)
      expect({ code, jobId }).toEqual({ code: 2, jobId: '' })
      expect(stderr).toMatch(said)
      expect(stderr).toMatch(/\.gitignore or --exclude/)
      expect(stderr).not.toContain('submitted')
    },
    MINUTE,
  )
})

describe('a tree of a thousand files', () => {
  it(
    'is refactored like any other',
    async () => {
      const many = 1_000 - Object.keys(healthy).length
      const notes: Files = Object.fromEntries(
        Array.from({ length: many }, (_, n) => [`notes/${n % 50}/note-${n}.txt`, `Note ${n}\n`]),
      )
      const dir = await writeProject({ ...healthy, ...notes })
      const { code, stderr, jobId } = await refactor(dir)
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
      expect(stderr).toMatch(/submitted 1,?000 files/)
      expect((await system.iama(['accept', jobId])).code).toBe(0)
      expect((await system.iama(['revert', jobId])).code).toBe(0)
    },
    4 * MINUTE,
  )
})
