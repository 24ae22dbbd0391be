import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { createDatabase, databaseUrls } from './databases.ts'
import { startOwnStack } from './for-tests.ts'
import { alive, infoFile, runningStack } from './info.ts'
import { refusal } from './postgres.ts'
import { runsDir } from './runs.ts'
import type { Stack } from './stack.ts'

let stacks: Stack[]

beforeAll(async () => {
  stacks = await Promise.all([startOwnStack({ services: false }), startOwnStack({ services: false })])
}, 90_000)

afterAll(() => Promise.all(stacks.map((stack) => stack.stop())), 60_000)

const ask = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows as unknown[]
  } finally {
    await client.end()
  }
}

describe('two stacks side by side', () => {
  it('listen on different ports of loopback alone', async () => {
    const [a, b] = stacks.map(({ info }) => Object.values(info.ports))
    expect(new Set([...a!, ...b!]).size).toBe(a!.length + b!.length)
    const rows = await ask(
      stacks[0]!.info.postgresUrl,
      `SELECT current_setting('listen_addresses') AS address, version()`,
    )
    expect(rows).toEqual([{ address: '127.0.0.1', version: expect.stringMatching(/^PostgreSQL 18/) }])
  })

  it('tell in a file where everything is, readable by this user alone', () => {
    const { info } = stacks[0]!
    expect(runningStack(info.dir)).toEqual(info)
  })

  it('start a server again that was killed, with its data', async () => {
    const { info, process } = stacks[0]!
    await ask(info.postgresUrl, 'CREATE TABLE kept (n int)')
    process('postgres').kill('SIGKILL')
    let reason: string | undefined = 'not asked'
    for (const end = Date.now() + 20_000; reason !== undefined && Date.now() < end;)
      reason = await refusal(info.postgresUrl)
    expect(reason).toBeUndefined()
    expect(await ask(info.postgresUrl, 'SELECT * FROM kept')).toEqual([])
    expect(process('postgres').crashes).toBe(1)
  }, 30_000)
})

describe('the database of a service', () => {
  it('belongs to its owner role; the app role owns nothing and creates nothing', async () => {
    const { postgresUrl } = stacks[1]!.info
    await createDatabase(postgresUrl, 'shop')
    const { owner, app, relay } = databaseUrls(postgresUrl, 'shop')
    await ask(owner, 'CREATE TABLE orders (id int)')
    await expect(ask(app, 'CREATE TABLE mine (id int)')).rejects.toThrow(/permission denied/)
    await expect(ask(app, 'SELECT * FROM orders')).rejects.toThrow(/permission denied/)
    await expect(ask(relay, 'SELECT * FROM orders')).rejects.toThrow(/permission denied/)
    expect(await ask(app, 'SELECT rolbypassrls, rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([
      { rolbypassrls: false, rolsuper: false },
    ])
  })

  it('cannot be reached by the roles of another service', async () => {
    const { postgresUrl } = stacks[1]!.info
    await createDatabase(postgresUrl, 'bank')
    await createDatabase(postgresUrl, 'thief')
    const url = new URL(databaseUrls(postgresUrl, 'thief').app)
    url.pathname = '/bank'
    await expect(ask(url.href, 'SELECT 1')).rejects.toThrow(/permission denied for database/)
  })
})

describe('a stack that is stopped', () => {
  it('leaves neither a process nor a file', async () => {
    const stack = await startOwnStack({ services: false })
    const pids = ['postgres', 'nats', 'redis', 'temporal'].map((name) => stack.process(name).pid!)
    expect(pids.map(alive)).toEqual([true, true, true, true])
    await stack.stop()
    expect(pids.map(alive)).toEqual([false, false, false, false])
    expect([stack.info.dir, infoFile(stack.info.dir)].map((file) => existsSync(file))).toEqual([false, false])
  }, 60_000)
})

describe('a stack of which one server does not start', () => {
  it('names that server with what it said, and leaves no process behind', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'iama-broken-'))
    const before = process.env['PATH']
    writeFileSync(
      path.join(dir, 'nats-server'),
      `#!/bin/sh\n[ "$1" = --version ] && echo 'nats-server: v2.15.2' || { echo 'no disk'; exit 1; }\n`,
    )
    chmodSync(path.join(dir, 'nats-server'), 0o755)
    process.env['PATH'] = `${dir}:${before}`
    // other suites have stacks of their own meanwhile
    const own = (): string[] => readdirSync(runsDir).filter((name) => name.startsWith(`${process.pid}-`))
    const others = new Set(own())
    try {
      await expect(startOwnStack({ services: false })).rejects.toMatchObject({
        message: 'nats ended while starting',
        tail: expect.stringContaining('no disk'),
      })
      const [broken] = own().filter((name) => !others.has(name))
      expect(readdirSync(path.join(runsDir, broken!, 'logs'))).toContain('postgres.log')
      expect(readdirSync(path.join(runsDir, broken!, 'pids'))).toEqual([])
      rmSync(path.join(runsDir, broken!), { recursive: true, force: true })
    } finally {
      process.env['PATH'] = before
      rmSync(dir, { recursive: true, force: true })
    }
  }, 60_000)
})
