import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@iama/testing/servers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { DataSource, EntityManager } from 'typeorm'
import {
  ConcurrentUpdate,
  createDataSource,
  DatabaseUnavailable,
  optimisticUpdate,
  PostgresUnitOfWork,
  retryOnConflict,
  TransactionWasAborted,
  withoutTenant,
} from '../src/index.ts'
import { NOTE, noteRows, Notes1763700000000, onlyOneNote, OTHER_TENANT, SERVICE, TENANT } from './rows.ts'
import { openWire } from './wire.ts'

const unitOver = (dataSource: DataSource) => new PostgresUnitOfWork(dataSource, (manager: EntityManager) => manager)

let database: TestDatabase
let dataSource: DataSource

beforeAll(async () => {
  database = await createTestDatabase(SERVICE, [Notes1763700000000])
  dataSource = await createDataSource({ url: database.urls.app, entities: [noteRows] })
})

beforeEach(async () => await onlyOneNote(database))

afterAll(async () => {
  await dataSource?.destroy()
  await database?.drop()
})

const countAs = async (tenant: string): Promise<number> =>
  await unitOver(dataSource).run(tenant, (manager) => manager.count(noteRows))

describe('a unit of work', () => {
  it('sets the tenant in the round trip of BEGIN, which the first statement shares', async () => {
    const wire = await openWire(database.urls.app)
    const throughWire = await createDataSource({ url: wire.url, entities: [noteRows], poolSize: 1 })
    try {
      await throughWire.query('SELECT 1')
      wire.roundTrips()
      wire.bursts()
      await unitOver(throughWire).run(TENANT, async () => undefined)
      expect(wire.roundTrips()).toBe(2) // BEGIN with the tenant, COMMIT
      wire.bursts()
      const count = await unitOver(throughWire).run(TENANT, (manager) => manager.count(noteRows))
      expect(count).toBe(1)
      expect(wire.roundTrips()).toBe(3) // and the statement
      expect(wire.bursts()).toBe(2) // which did not wait for the answer to BEGIN
    } finally {
      await throughWire.destroy()
      await wire.close()
    }
  })

  it('sees and writes the rows of its tenant alone', async () => {
    expect(await countAs(TENANT)).toBe(1)
    expect(await countAs(OTHER_TENANT)).toBe(0)
    await unitOver(dataSource).run(OTHER_TENANT, async (manager) => {
      const updated = await manager.update(noteRows, { id: NOTE }, { text: 'stolen' })
      const deleted = await manager.delete(noteRows, { id: NOTE })
      expect([updated.affected, deleted.affected]).toEqual([0, 0])
    })
    const foreign = { tenant_id: TENANT, id: randomUUID(), text: 'planted', version: 1 }
    await expect(
      unitOver(dataSource).run(OTHER_TENANT, (manager) => manager.insert(noteRows, foreign)),
    ).rejects.toThrow('row-level security')
    expect(await database.query('SELECT text FROM notes')).toEqual([{ text: 'first' }])
  })

  it('shows nothing and writes nothing without a tenant', async () => {
    const seen = await withoutTenant(dataSource, (manager) => manager.count(noteRows))
    expect(seen).toBe(0)
    const row = { tenant_id: TENANT, id: randomUUID(), text: 'planted', version: 1 }
    await expect(withoutTenant(dataSource, (manager) => manager.insert(noteRows, row))).rejects.toThrow('row-level')
    expect(
      await withoutTenant(dataSource, (manager) => manager.update(noteRows, { id: NOTE }, { text: 'x' })),
    ).toMatchObject({
      affected: 0,
    })
  })

  it('refuses a tenant that is no UUID before it reaches the database', async () => {
    const attempt = unitOver(dataSource).run(`' OR true --`, async () => undefined)
    await expect(attempt).rejects.toMatchObject({ code: 'INVALID_REQUEST', violations: [{ field: 'tenant_id' }] })
  })

  it('leaves nothing behind on the pooled connection', async () => {
    const single = await createDataSource({ url: database.urls.app, entities: [noteRows], poolSize: 1 })
    try {
      await unitOver(single).run(TENANT, (manager) => manager.count(noteRows))
      const left = await single.query(
        `SELECT current_setting('app.tenant_id', true) AS tenant, current_setting('statement_timeout') AS timeout,
           (SELECT count(*)::int FROM notes) AS notes, pg_current_xact_id_if_assigned() AS open`,
      )
      expect(left).toEqual([{ tenant: '', timeout: '0', notes: 0, open: null }])
    } finally {
      await single.destroy()
    }
  })

  it('rolls back when the work rejects, and lets its error out', async () => {
    class Refusal extends Error {}
    const work = unitOver(dataSource).run(TENANT, async (manager) => {
      await manager.update(noteRows, { id: NOTE }, { text: 'changed' })
      throw new Refusal('no')
    })
    await expect(work).rejects.toBeInstanceOf(Refusal)
    expect(await database.query('SELECT text FROM notes')).toEqual([{ text: 'first' }])
  })

  it('does not pass off as committed what PostgreSQL rolled back because an error was swallowed', async () => {
    const work = unitOver(dataSource).run(TENANT, async (manager) => {
      await manager.update(noteRows, { id: NOTE }, { text: 'changed' })
      await manager.query('SELECT 1/0').catch(() => undefined)
    })
    await expect(work).rejects.toBeInstanceOf(TransactionWasAborted)
    expect(await database.query('SELECT text FROM notes')).toEqual([{ text: 'first' }])
  })

  it('reports a lost connection as DatabaseUnavailable, and the pool recovers', async () => {
    const work = unitOver(dataSource).run(TENANT, async (manager) => {
      await manager.update(noteRows, { id: NOTE }, { text: 'changed' })
      const [{ pid }] = await manager.query('SELECT pg_backend_pid() AS pid')
      await database.query('SELECT pg_terminate_backend($1)', [pid])
      await manager.count(noteRows)
    })
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailable)
    await Promise.all(Array.from({ length: 20 }, () => countAs(TENANT)))
    expect(await database.query('SELECT text FROM notes')).toEqual([{ text: 'first' }])
  })

  it('reports a connection that was lost between two statements as DatabaseUnavailable', async () => {
    const work = unitOver(dataSource).run(TENANT, async (manager) => {
      const [{ pid }] = await manager.query('SELECT pg_backend_pid() AS pid')
      await database.query('SELECT pg_terminate_backend($1, 5000)', [pid])
      await new Promise((resolve) => setImmediate(resolve))
      await manager.count(noteRows)
    })
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailable)
    expect(await countAs(TENANT)).toBe(1)
  })
})

describe('an optimistic update', () => {
  const addOne = async (): Promise<void> =>
    await retryOnConflict(
      () =>
        unitOver(dataSource).run(TENANT, async (manager) => {
          const note = await manager.findOneByOrFail(noteRows, { tenant_id: TENANT, id: NOTE })
          const key = { tenant_id: TENANT, id: NOTE }
          await optimisticUpdate(manager, noteRows, key, note.version, { text: String(Number(note.text) + 1) })
        }),
      200,
    )

  it('loses none of 50 concurrent writers', async () => {
    await database.query(`UPDATE notes SET text = '0'`)
    await Promise.all(Array.from({ length: 50 }, addOne))
    expect(await database.query('SELECT text, version FROM notes')).toEqual([{ text: '50', version: 51 }])
  })

  it('refuses a version that is no longer the latest, and changes nothing', async () => {
    const stale = unitOver(dataSource).run(TENANT, (manager) =>
      optimisticUpdate(manager, noteRows, { tenant_id: TENANT, id: NOTE }, 0, { text: 'late' }),
    )
    await expect(stale).rejects.toBeInstanceOf(ConcurrentUpdate)
    expect(await database.query('SELECT text, version FROM notes')).toEqual([{ text: 'first', version: 1 }])
  })

  it('gives up after the attempts that it was given', async () => {
    let attempts = 0
    const never = retryOnConflict(async () => {
      attempts += 1
      throw new ConcurrentUpdate('again')
    }, 3)
    await expect(never).rejects.toBeInstanceOf(ConcurrentUpdate)
    expect(attempts).toBe(3)
  })
})
