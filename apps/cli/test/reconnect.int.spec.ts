import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Code } from '@connectrpc/connect'
import { systemClock } from '@iama/kernel'
import { eventually } from '@iama/testing/servers'

import { connect, type Clients } from '../src/client.ts'
import { Credentials, type Tokens } from '../src/credentials.ts'
import { isConnectionLoss } from '../src/errors.ts'
import { newTrace } from '../src/trace.ts'
import { watchJob, type WatchOptions } from '../src/watch.ts'
import { jobId, LogServer, logOf } from './log-server.ts'

const LENGTH = 40
const main = path.join(import.meta.dirname, '../src/main.ts')

let server: LogServer
let folder: string
let credentials: Credentials
let troubles: string[]

beforeEach(async () => {
  server = new LogServer(logOf(LENGTH))
  await server.start()
  folder = await mkdtemp(path.join(tmpdir(), 'iama-cli-'))
  credentials = new Credentials(path.join(folder, 'credentials.json'))
  await credentials.save(server.url, { kind: 'apiKey', apiKey: 'iama_test' })
  troubles = []
})

afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const clientsWith = (retryWithinMs = 5_000): Clients =>
  connect({
    server: server.url,
    credentials,
    clock: systemClock,
    trace: newTrace(),
    onTrouble: (message) => troubles.push(message),
    signal: new AbortController().signal,
    retryWithinMs,
  })

const watched = async (
  options: Partial<WatchOptions> = {},
  id = jobId,
  onEvent: (sequence: bigint) => unknown = () => undefined,
): Promise<bigint[]> => {
  const { jobs } = clientsWith()
  const sequences: bigint[] = []
  const events = watchJob({
    open: (after, signal) => jobs.watchJob({ jobId: id, afterSequence: after }, { signal }),
    isOver: () => Promise.resolve(true),
    after: 0n,
    signal: new AbortController().signal,
    onTrouble: (message) => troubles.push(message),
    ...options,
  })
  for await (const event of events) {
    sequences.push(event.sequence)
    onEvent(event.sequence)
  }
  return sequences
}

const all = (from = 1): bigint[] => Array.from({ length: LENGTH + 1 - from }, (_, n) => BigInt(n + from))

describe('watching a job', () => {
  it('goes on after the last entry when the gateway is killed, and says so', async () => {
    server.trouble = { after: 17, kind: 'kill' }
    expect(await watched()).toEqual(all())
    expect(server.opened[0]).toBe(0n)
    expect(server.opened.at(-1)).toBe(17n)
    expect(troubles).toEqual([
      expect.stringMatching(/^the connection was lost .*; the job goes on, connecting again from event 17$/),
      'connected again',
    ])
  })

  it('notices a connection that is dead but open', async () => {
    server.trouble = { after: 3, kind: 'silence' }
    expect(await watched({ silenceMs: 3_000 })).toEqual(all())
    expect(server.opened).toEqual([0n, 3n])
    expect(troubles[0]).toContain('silent')
  })

  it('does not take a slow reader for silence', async () => {
    const { jobs } = clientsWith()
    const events = watchJob({
      open: (after, signal) => jobs.watchJob({ jobId, afterSequence: after }, { signal }),
      isOver: () => Promise.resolve(true),
      after: BigInt(LENGTH - 2),
      signal: new AbortController().signal,
      onTrouble: (message) => troubles.push(message),
      silenceMs: 2_000,
    })
    for await (const _event of events) await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(troubles).toEqual([])
    expect(server.opened).toHaveLength(1)
  })

  it('starts after any sequence', async () => {
    expect(await watched({ after: 30n })).toEqual(all(31))
  })

  it('opens the stream again when it ends before the job is over', async () => {
    let over = false
    const isOver = () => {
      const answer = over
      over = true
      return Promise.resolve(answer)
    }
    expect(await watched({ isOver })).toEqual(all())
    expect(server.opened).toEqual([0n, BigInt(LENGTH)])
  })

  it('does not repeat what the server refuses', async () => {
    await expect(watched({}, '0190aaaa-0000-7000-8000-00000000ffff')).rejects.toMatchObject({ code: Code.NotFound })
    expect(server.opened).toHaveLength(1)
    expect(troubles).toEqual([])
  })

  it('gives up on a server that stays away', async () => {
    await server.stop()
    const error: unknown = await watched({ giveUpAfterMs: 500 }).catch((thrown: unknown) => thrown)
    expect(isConnectionLoss(error)).toBe(true)
    expect(troubles).toHaveLength(1)
  })

  it('ends when it is told to', async () => {
    server.trouble = { after: 5, kind: 'silence' }
    const stop = new AbortController()
    const watching = watched({ signal: stop.signal }, jobId, (sequence) => sequence === 5n && stop.abort())
    expect(await watching).toEqual(all().slice(0, 5))
  })
})

describe('a call', () => {
  it('is repeated while the server restarts', async () => {
    await server.stop()
    const answer = clientsWith().jobs.getJob({ jobId })
    await eventually('it has been refused', () => troubles.length > 0)
    await server.start()
    expect((await answer).job?.id).toBe(jobId)
    expect(troubles).toEqual([expect.stringContaining('trying again')])
  })

  it('waits as long as the server asks for', async () => {
    server.refusals = 1
    const started = performance.now()
    expect((await clientsWith().jobs.getJob({ jobId })).job?.id).toBe(jobId)
    expect(performance.now() - started).toBeGreaterThan(950)
    expect(server.calls).toBe(2)
  })

  it('fails when the server stays away', async () => {
    await server.stop()
    const error: unknown = await clientsWith(300)
      .jobs.getJob({ jobId })
      .catch((thrown: unknown) => thrown)
    expect(isConnectionLoss(error)).toBe(true)
  })
})

describe('tokens', () => {
  const expired: Tokens = {
    kind: 'tokens',
    email: 'a@example.org',
    accessToken: 'a0',
    accessExpiresAt: '2020-01-01T00:00:00.000Z',
    refreshToken: 'r0',
    refreshExpiresAt: '2999-01-01T00:00:00.000Z',
  }

  it('are renewed once, however many processes need them', async () => {
    await credentials.save(server.url, expired)
    const callers = Array.from({ length: 6 }, () => clientsWith().auth.getMe({}))
    const names = (await Promise.all(callers)).map(({ user }) => user?.email)
    expect(names).toEqual(Array.from({ length: 6 }, () => 'Bearer a1'))
    expect(server.refreshes).toBe(1)
    expect(await credentials.account(server.url)).toMatchObject({ accessToken: 'a1', refreshToken: 'r1' })
  })

  it('are kept where only their owner can read them', async () => {
    const file = path.join(folder, 'credentials.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await credentials.isExposed()).toBe(false)
    await writeFile(path.join(folder, 'open.json'), await readFile(file), { mode: 0o644 })
    expect(await new Credentials(path.join(folder, 'open.json')).isExposed()).toBe(true)
  })

  it('that are damaged are refused with the way out', async () => {
    await writeFile(path.join(folder, 'credentials.json'), '{"version":2}')
    await expect(credentials.account(server.url)).rejects.toThrow('is damaged')
  })
})

describe('the program', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
      env: {
        PATH: process.env['PATH'],
        IAMA_SERVER: server.url,
        IAMA_CREDENTIALS: path.join(folder, 'credentials.json'),
        XDG_STATE_HOME: folder,
      },
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    )

  it('prints each entry once on stdout across a killed gateway, and says on stderr what happened', async () => {
    server.trouble = { after: 11, kind: 'kill' }
    const { code, stdout, stderr } = await run('watch', jobId)
    expect([code, stderr]).toEqual([0, expect.stringContaining('connecting again from event 11')])
    const steps = [...stdout.matchAll(/✓ step (\d+) /g)].map((match) => Number(match[1]))
    expect(steps).toEqual(Array.from({ length: LENGTH }, (_, n) => n + 1))
    expect(stdout + stderr).not.toContain('\u001B')
  }, 30_000)

  it('prints JSON lines, and nothing else on stdout, when they are wanted', async () => {
    const { code, stdout } = await run('--json', 'watch', jobId, '--since', '38')
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; sequence?: string })
    expect(code).toBe(0)
    expect(events.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['event', '39'],
      ['event', '40'],
      ['job', undefined],
    ])
  }, 30_000)

  it.each([
    [['watch', 'nonsense'], 2, 'named by its id'],
    [['refactr'], 2, 'Did you mean refactor?'],
    [['refactor', '/nowhere/at/all'], 2, '/nowhere/at/all is not a folder'],
    [
      ['refactor', '.', '--model-endpoint', 'http://127.0.0.1:1/v1'],
      2,
      'npm start -- --model-endpoint URL --model NAME',
    ],
    [['refactor', '.', '--budget', 'much'], 2, '"much" is no budget'],
    [['intervene', jobId, '--hint', 'x'], 2, '--hint goes with --retry'],
    [['watch', '0190aaaa-0000-7000-8000-00000000ffff'], 4, 'there is no such job'],
    [['--server', 'http://example.org', 'jobs'], 2, 'https'],
  ])(
    'ends %j with %i',
    async (args, expected, message) => {
      const { code, stdout, stderr } = await run(...args)
      expect([code, stdout]).toEqual([expected, ''])
      expect(stderr).toContain(message)
    },
    30_000,
  )
})
