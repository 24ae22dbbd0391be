import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connectNats } from '@iama/messaging'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import pg from 'pg'
import { createTestDatabase, eventually, startNatsServer, startPostgresServer, testServers } from '../src/servers.ts'
import type { PostgresServer } from '../src/servers.ts'

let postgres: PostgresServer

beforeAll(async () => {
  postgres = await startPostgresServer()
}, 30_000)

afterAll(async () => await postgres?.stop())

describe('servers for tests', () => {
  it('are told by the environment', () => {
    expect(testServers()).toMatchObject({ postgresUrl: process.env['IAMA_POSTGRES_URL'] ?? expect.any(String) })
  })

  it('give several workers at once a database each, on a server that has none of the roles yet', async () => {
    const databases = await Promise.all(Array.from({ length: 4 }, () => createTestDatabase('fresh', [], postgres.url)))
    expect(new Set(databases.map(({ urls }) => urls.app)).size).toBe(4)
    for (const { urls, drop } of databases) {
      for (const [url, role] of [
        [urls.owner, 'fresh_owner'],
        [urls.app, 'fresh_app'],
        [urls.relay, 'fresh_relay'],
      ]) {
        const client = new pg.Client({ connectionString: url })
        await client.connect()
        const { rows } = await client.query(
          'SELECT current_user AS role, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user',
        )
        expect(rows).toEqual([{ role, rolsuper: false, rolbypassrls: false }])
        await client.end()
      }
      await drop()
    }
  }, 30_000)

  it('keep what JetStream acknowledged over a kill, and nothing over a wipe', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'iama-nats-'))
    const server = await startNatsServer({ storeDir: path.join(folder, 'store') })
    const nats = await connectNats({ url: server.url, name: 'test' })
    try {
      const manager = await jetstreamManager(nats)
      await manager.streams.add({ name: 'KEPT', subjects: ['kept'] })
      await jetstream(nats).publish('kept', 'one')
      await server.kill()
      await server.start()
      const count = async (): Promise<number> => (await manager.streams.info('KEPT')).state.messages
      expect(await eventually('it answers', count)).toBe(1)
      await server.wipe()
      await eventually(
        'the stream is gone',
        async () =>
          await count().then(
            () => false,
            (error: Error) => error.message === 'stream not found',
          ),
      )
    } finally {
      await nats.close()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  }, 30_000)
})

describe('waiting for a fact', () => {
  it('ends with what was waited for and what was last seen', async () => {
    await expect(eventually('pigs fly', () => false, 20)).rejects.toThrow(
      'did not come true within 20 ms: pigs fly (last: false)',
    )
    await expect(eventually('it works', () => Promise.reject(new Error('no')), 20)).rejects.toThrow('last: Error: no')
  })
})
