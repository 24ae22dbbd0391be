import { createTestDatabase, type TestDatabase } from '@iama/testing/servers'
import { isolationSuite } from '@iama/testing/isolation'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDataSource, runMigrations } from '../src/index.ts'
import { noteRows, Notes1763700000000, SERVICE } from './rows.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase(SERVICE, [Notes1763700000000])
})

afterAll(async () => await database?.drop())

isolationSuite({ urls: () => database.urls })

describe('the schema', () => {
  it('is never touched when a service starts', async () => {
    const empty = await createTestDatabase(SERVICE, [])
    try {
      const dataSource = await createDataSource({ url: empty.urls.app, entities: [noteRows] })
      await dataSource.destroy()
      expect(await empty.query(`SELECT relname FROM pg_class WHERE relname = 'notes'`)).toEqual([])
    } finally {
      await empty.drop()
    }
  })

  it('cannot be changed by the role of the service', async () => {
    const dataSource = await createDataSource({ url: database.urls.app, entities: [] })
    try {
      for (const statement of [
        'ALTER TABLE notes DISABLE ROW LEVEL SECURITY',
        'DROP POLICY tenant_only ON notes',
        'CREATE TABLE mine (id int)',
        'TRUNCATE notes',
        'DROP TABLE notes',
        'SET ROLE notes_owner',
        'SET session_replication_role = replica',
      ]) {
        await expect(dataSource.query(statement)).rejects.toThrow(/permission denied|must be owner/)
      }
      // Allowed to say, and without effect: policies that would hide rows make the statement fail instead.
      await dataSource.query('SET row_security = off')
    } finally {
      await dataSource.destroy()
    }
  })

  it('binds its owner too', async () => {
    const [table] = await database.query(
      `SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'notes'`,
    )
    expect(table).toEqual({ relrowsecurity: true, relforcerowsecurity: true })
  })

  it('is migrated once by several processes that start at the same time', async () => {
    const empty = await createTestDatabase(SERVICE, [])
    try {
      const migrate = () => runMigrations({ url: empty.urls.owner, migrations: [Notes1763700000000] })
      const done = await Promise.all([migrate(), migrate(), migrate()])
      expect(done.flat()).toEqual(['Notes1763700000000'])
      expect(await migrate()).toEqual([])
    } finally {
      await empty.drop()
    }
  })
})
