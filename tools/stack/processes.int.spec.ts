import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { nodeBinary } from '../workspace.ts'
import { alive } from './info.ts'
import { ManagedProcess, sweep } from './processes.ts'
import { untilReady } from './wait.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'iama-processes-'))
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

const until = async (condition: () => boolean, what: string): Promise<void> => {
  for (const end = Date.now() + 10_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > end) throw new Error(`not within 10 s: ${what}`)
  }
}

/** A shell that starts a child which ignores SIGTERM, prints both numbers, and waits. */
const family = `sh -c 'trap "" TERM; while :; do sleep 1; done' & echo $! $$; wait`

const numbersIn = (text: string): number[] => text.trim().split(/\s+/).map(Number)

const shell = (script: string, restart = false): ManagedProcess =>
  new ManagedProcess({ name: 'family', command: 'sh', args: ['-c', script], dir, restart })

describe('a process of the stack', () => {
  it('ends with everything that it started, even what ignores SIGTERM', async () => {
    const process = shell(family)
    process.start()
    await until(() => process.output().includes(' '), 'its output')
    const numbers = numbersIn(process.output())
    expect(numbers.map(alive)).toEqual([true, true])
    await process.stop()
    await until(() => !numbers.some(alive), 'the end of both')
    expect(readdirSync(path.join(dir, 'pids'))).toEqual([])
  }, 30_000)

  it('is started again when it is killed, and not when it is stopped', async () => {
    const process = shell('echo started; sleep 100', true)
    process.start()
    await until(() => process.output() === 'started\n', 'its output')
    const first = process.pid
    process.kill('SIGKILL')
    await until(() => process.pid !== undefined && process.pid !== first, 'the second start')
    await until(
      () => readFileSync(process.logFile, 'utf8') === 'started\nstarted\n',
      'the output of both runs in one log',
    )
    expect(process.output()).toBe('started\n')
    expect(process.crashes).toBe(1)
    await process.stop()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(process.running).toBe(false)
  }, 30_000)

  it('that cannot be started is named, with what it said', async () => {
    const process = shell('echo no such luck >&2; exit 3')
    process.start()
    const waiting = untilReady({ process, deadlineMs: 5_000, notYet: () => Promise.resolve('never') })
    await expect(waiting).rejects.toMatchObject({
      message: 'family ended while starting',
      tail: 'no such luck',
      logFile: process.logFile,
    })
  })

  it('that does not become ready in time is named, with the reason', async () => {
    const process = shell('sleep 100')
    process.start()
    const waiting = untilReady({ process, deadlineMs: 200, notYet: () => Promise.resolve('database away') })
    await expect(waiting).rejects.toThrow('family is not ready after 0.2 s: database away')
    await process.stop()
  })
})

describe('a stack whose own process was killed', () => {
  const holder = (script: string): string => `
    import { ManagedProcess, armReaper } from ${JSON.stringify(path.join(import.meta.dirname, 'processes.ts'))}
    ${script}
    new ManagedProcess({ name: 'family', command: 'sh', args: ['-c', ${JSON.stringify(family)}], dir: ${JSON.stringify(dir)} }).start()
    setInterval(() => {}, 1000)`

  const killHolder = async (script: string): Promise<number[]> => {
    const file = path.join(dir, 'holder.mjs')
    writeFileSync(file, holder(script))
    const child = spawn(nodeBinary, [file], { stdio: 'inherit' })
    const log = path.join(dir, 'logs/family.log')
    await until(() => existsSync(log) && readFileSync(log, 'utf8').includes(' '), 'the family')
    const numbers = numbersIn(readFileSync(log, 'utf8'))
    // The program may speak before its holder has noted it: what is tested is what happens to noted ones.
    const note = path.join(dir, 'pids/family')
    await until(() => existsSync(note) && readFileSync(note, 'utf8').endsWith('\n'), 'the note')
    child.kill('SIGKILL')
    await once(child, 'exit')
    return numbers
  }

  it('leaves nothing behind: the reaper sees it go', async () => {
    const numbers = await killHolder(`armReaper(${JSON.stringify(dir)})`)
    await until(() => !numbers.some(alive), 'the end of both')
    expect(numbers).toHaveLength(2)
  }, 30_000)

  it('is cleaned up by the next start where even the reaper was killed', async () => {
    const numbers = await killHolder('')
    expect(numbers.map(alive)).toEqual([true, true])
    expect(await sweep(dir)).toEqual(['family'])
    await until(() => !numbers.some(alive), 'the end of both')
  }, 30_000)

  it('never takes another process for one of its own', async () => {
    const stranger = spawn('sleep', ['100'], { detached: true })
    const pids = path.join(dir, 'pids')
    rmSync(pids, { recursive: true, force: true })
    new ManagedProcess({ name: 'x', command: 'true', args: [], dir })
    writeFileSync(path.join(pids, 'family'), `${stranger.pid} 1\n`)
    expect(await sweep(dir)).toEqual([])
    expect(alive(stranger.pid!)).toBe(true)
    stranger.kill('SIGKILL')
  })
})
