import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { healthy, withTest, writeProject } from './projects.ts'
import { jsonLines } from './reading.ts'
import { openSystem, type Said, type System } from './system.ts'

let system: System
const MINUTE = 60_000
const program = path.resolve(import.meta.dirname, '../../cli/dist/main.js')

beforeAll(async () => {
  system = await openSystem()
}, 3 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

const ends = async (code: number, ...args: string[]): Promise<Said> => {
  const said = await system.iama(args)
  const heard = said.code === code ? '' : said.stderr + said.stdout
  expect({ args, code: said.code, heard }).toEqual({ args, code, heard: '' })
  // eslint-disable-next-line no-control-regex
  expect(said.stdout + said.stderr).not.toMatch(/[\u001B\r]/)
  return said
}

const modernize = (dir: string): string[] => ['refactor', dir, '--goal', 'modernize', '--target', 'node20']

describe('help', () => {
  it('names every command, the settings that all of them have, and the exit codes', async () => {
    const { stdout, stderr } = await ends(0, '--help')
    expect(stderr).toBe('')
    for (const word of [
      ...['refactor', 'jobs', 'watch', 'diff', 'accept', 'tests', 'revert', 'cancel', 'doctor', 'login', 'answer'],
      ...['--server', '--json', '--color', 'waits for you'],
    ])
      expect(stdout).toContain(word)
  })

  it('names what a refactoring can be told', async () => {
    const { stdout } = await ends(0, 'refactor', '--help')
    for (const word of [
      '--goal',
      '--include',
      '--target',
      '--recipes',
      '--skip',
      '--evidence',
      '--test',
      '--yes',
      '.iama.yaml',
    ])
      expect(stdout).toContain(word)
  })
})

describe('the exit code', () => {
  it(
    'is 0, 5 or 6 as the job ends, waits, or has nothing to do, with JSON lines and nothing else for machines',
    async () => {
      const done = jsonLines(await ends(0, ...modernize(await writeProject(healthy)), '--yes', '--json'))
      expect(done.map(({ type }) => type)).toEqual(expect.arrayContaining(['snapshot', 'event', 'patch', 'job']))
      expect(done.at(-1)).toMatchObject({ type: 'job', exitCode: 0, job: { state: 'JOB_STATE_DELIVERED' } })

      const nothing = await ends(5, 'refactor', await writeProject({ 'notes.txt': 'nothing\n' }), '--json')
      expect(jsonLines(nothing).at(-1)).toMatchObject({ type: 'job', exitCode: 5 })

      const red = await ends(
        6,
        ...modernize(await writeProject(withTest('red', "test('is red', () => assert.ok(false));\n"))),
        ...['--yes', '--json'],
      )
      expect(jsonLines(red).at(-1)).toMatchObject({ exitCode: 6, job: { waitingReason: 'BASELINE_RED' } })

      const { jobId } = await ends(6, ...modernize(await writeProject(healthy)))
      const waits = jsonLines(await ends(6, 'watch', jobId, '--json'))
      expect(waits.at(-1)).toMatchObject({ exitCode: 6, job: { state: 'JOB_STATE_WAITING_STRATEGY' } })
      const [listed] = jsonLines(await ends(0, 'jobs', '--most', '1', '--json'))
      expect(JSON.stringify(listed)).toContain(jobId)
      await ends(0, 'cancel', jobId)
    },
    2 * MINUTE,
  )

  it('is 2 when the command is not as it must be, and nothing is done', async () => {
    for (const args of [
      ['refactor'],
      ['refactor', '/no/such/folder'],
      ['refactor', '.', '--gaol', 'modernize'],
      ['refactor', '.', '--goal', 'modernise'],
      ['watch', 'no-id'],
    ])
      expect((await ends(2, ...args)).stdout).toBe('')
    const [error] = jsonLines(await ends(2, 'refactor', '/no/such/folder', '--json'))
    expect(error).toMatchObject({ type: 'error', code: 'USAGE' })
    const misspelt = await writeProject({ ...healthy, '.iama.yaml': 'gaol: modernize\n' })
    expect((await ends(2, 'refactor', misspelt)).stderr).toMatch(/unknown key "gaol".*goal/)
  })

  it('is 4 when the server refuses', async () => {
    const unknown = '0198f2d5-0000-7000-8000-000000000000'
    const [error] = jsonLines(await ends(4, 'watch', unknown, '--json'))
    expect(error).toMatchObject({ type: 'error', code: 'JOB_NOT_FOUND' })
  })

  it('is 1 when the client itself cannot go on', async () => {
    await using full = await open('/dev/full', 'w')
    const child = spawn(process.execPath, [program, '--help'], { stdio: ['ignore', full.fd, 'ignore'] })
    expect((await once(child, 'close'))[0]).toBe(1)
  })
})
