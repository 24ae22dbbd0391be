import { createTestDatabase, eventually, startPostgresServer, type PostgresServer } from '@iama/testing/servers'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { EntityManager } from 'typeorm'
import { createDataSource, DatabaseUnavailable, PostgresUnitOfWork } from '../src/index.ts'
import { noteRows, Notes1763700000000, onlyOneNote, SERVICE, TENANT } from './rows.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgresServer()
})

afterAll(async () => await server?.stop())

it('survives a PostgreSQL that is killed and comes back', async () => {
  const database = await createTestDatabase(SERVICE, [Notes1763700000000], server.url)
  await onlyOneNote(database)
  const dataSource = await createDataSource({ url: database.urls.app, entities: [noteRows] })
  const unit = new PostgresUnitOfWork(dataSource, (manager: EntityManager) => manager)
  const count = (): Promise<number> => unit.run(TENANT, (manager) => manager.count(noteRows))
  // Several connections, idle and in the middle of a transaction, when the server goes.
  await Promise.all(Array.from({ length: 5 }, count))
  const caught = unit.run(TENANT, async (manager) => {
    await manager.count(noteRows)
    await server.kill()
    await manager.count(noteRows)
  })
  await expect(caught).rejects.toBeInstanceOf(DatabaseUnavailable)
  await expect(count()).rejects.toBeInstanceOf(DatabaseUnavailable)
  await expect(createDataSource({ url: database.urls.app, entities: [] })).rejects.toBeInstanceOf(DatabaseUnavailable)

  await server.start()
  expect(await eventually('the pool has recovered', count)).toBe(1)
  await dataSource.destroy()
  await database.drop()
})
