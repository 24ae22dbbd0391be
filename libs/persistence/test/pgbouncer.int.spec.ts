import { randomUUID } from 'node:crypto'
import { isolationSuite } from '@iama/testing/isolation'
import { createTestDatabase, startPgBouncer, type PgBouncer, type TestDatabase } from '@iama/testing/servers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { DataSource, EntityManager } from 'typeorm'
import { createDataSource, optimisticUpdate, PostgresUnitOfWork, withoutTenant } from '../src/index.ts'
import { NOTE, noteRows, Notes1763700000000, onlyOneNote, OTHER_TENANT, SERVICE, TENANT } from './rows.ts'

let database: TestDatabase
let bouncer: PgBouncer
let dataSource: DataSource

// Two connections for everybody: whoever comes next gets one that another tenant has just used.
const POOL = 2
const CLIENTS = 16

beforeAll(async () => {
  database = await createTestDatabase(SERVICE, [Notes1763700000000])
  bouncer = await startPgBouncer({ urls: [database.urls.app, database.urls.superuser], poolSize: POOL })
  const url = bouncer.through(database.urls.app)
  dataSource = await createDataSource({ url, entities: [noteRows], poolSize: CLIENTS })
})

beforeEach(async () => await onlyOneNote(database))

afterAll(async () => {
  await dataSource?.destroy()
  await bouncer?.stop()
  await database?.drop()
})

const as = async <Result>(tenant: string, work: (manager: EntityManager) => Promise<Result>): Promise<Result> =>
  await new PostgresUnitOfWork(dataSource, (manager: EntityManager) => manager).run(tenant, work)

const backend = async (manager: EntityManager): Promise<number> =>
  ((await manager.query('SELECT pg_backend_pid() AS pid')) as [{ pid: number }])[0].pid

describe('behind PgBouncer in transaction mode', () => {
  isolationSuite({
    urls: () => ({
      superuser: bouncer.through(database.urls.superuser),
      app: bouncer.through(database.urls.app),
    }),
  })

  it('tenants who share connections see and write their own rows alone', async () => {
    const tenants = Array.from({ length: 20 }, () => randomUUID())
    const backends = new Set<number>()
    const round = async (tenant: string): Promise<void> => {
      const id = randomUUID()
      await as(tenant, async (manager) => {
        await manager.insert(noteRows, { tenant_id: tenant, id, text: tenant, version: 1 })
        backends.add(await backend(manager))
      })
      const seen = await as(tenant, (manager) => manager.find(noteRows))
      expect(seen.length).toBeGreaterThan(0)
      expect(new Set(seen.map(({ text }) => text))).toEqual(new Set([tenant]))
    }
    await Promise.all(Array.from({ length: 400 }, (_, i) => round(tenants[i % tenants.length]!)))
    expect(backends.size).toBeLessThanOrEqual(POOL)
    for (const tenant of tenants) expect(await as(tenant, (manager) => manager.count(noteRows))).toBe(20)
  })

  it('nothing of a tenant stays on the connection, whether its work was done or failed', async () => {
    const failed = as(TENANT, async (manager) => {
      await manager.query('SELECT 1 / 0')
    })
    await expect(failed).rejects.toThrow('division by zero')
    for (let turn = 0; turn < POOL * 2; turn++) {
      expect(await as(TENANT, (manager) => manager.count(noteRows))).toBe(1)
      expect(await withoutTenant(dataSource, (manager) => manager.count(noteRows))).toBe(0)
      expect(await as(OTHER_TENANT, (manager) => manager.count(noteRows))).toBe(0)
    }
  })

  it('a client that goes away in the middle of a transaction leaves no half of it', async () => {
    const doomed = await createDataSource({
      url: bouncer.through(database.urls.app),
      entities: [noteRows],
      poolSize: 1,
    })
    const unit = new PostgresUnitOfWork(doomed, (manager: EntityManager) => manager)
    const gone = unit.run(TENANT, async (manager) => {
      await manager.update(noteRows, { id: NOTE }, { text: 'half' })
      const { databaseConnection } = manager.queryRunner as unknown as {
        databaseConnection: { connection: { stream: { destroy(): void } } }
      }
      databaseConnection.connection.stream.destroy()
      await manager.query('SELECT 1')
    })
    await expect(gone).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    await doomed.destroy()
    const texts = await as(TENANT, (manager) => manager.find(noteRows))
    expect(texts.map(({ text }) => text)).toEqual(['first'])
  })

  it('of two who change the same version one is refused', async () => {
    const change = async (text: string): Promise<unknown> =>
      await as(TENANT, (manager) => optimisticUpdate(manager, noteRows, { tenant_id: TENANT, id: NOTE }, 1, { text }))
    const ended = await Promise.allSettled([change('a'), change('b')])
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})
