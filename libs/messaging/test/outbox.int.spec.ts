import { randomUUID } from 'node:crypto'
import { isolationSuite } from '@iama/testing/isolation'
import { type TestDatabase } from '@iama/testing/servers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { INBOX_DAYS, OUTBOX_DAYS } from '../src/index.ts'
import { openDatabase, TENANT } from './world.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await openDatabase()
})

beforeEach(async () => await database.query('TRUNCATE outbox, inbox'))

afterAll(async () => await database?.drop())

isolationSuite({ urls: () => database.urls })

const day = (daysFromNow: number): string => new Date(Date.now() + daysFromNow * 86_400_000).toISOString().slice(0, 10)

const partitions = async (): Promise<string[]> => {
  const rows = await database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'outbox%' ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

const nameOf = (daysFromNow: number): string => `outbox_${day(daysFromNow).replaceAll('-', '')}`

const put = async (daysFromNow: number, published: boolean): Promise<void> => {
  await database.query(
    `INSERT INTO outbox (day, id, tenant_id, source, type, aggregate_id, sequence, occurred_at, traceparent, data, published_at)
     VALUES ($1, $2, $3, 'notices', 'note.written', 'a', 1, now(), '', '', $4)`,
    [day(daysFromNow), randomUUID(), TENANT, published ? new Date() : null],
  )
}

const days = async (): Promise<string[]> => {
  const rows = await database.query<{ day: string }>('SELECT day::text FROM outbox ORDER BY 1')
  return rows.map(({ day: found }) => found)
}

const asRelay = async (sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: database.urls.relay })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** A partition of a day long ago, as it would stand there had it been made in time. */
const oldPartition = async (daysFromNow: number): Promise<void> => {
  await database.query(
    `CREATE TABLE ${nameOf(daysFromNow)} PARTITION OF outbox FOR VALUES FROM ('${day(daysFromNow)}') TO ('${day(daysFromNow + 1)}')`,
  )
  await database.query(`ALTER TABLE ${nameOf(daysFromNow)} OWNER TO notices_owner`)
}

describe('upkeep of the outbox', () => {
  it('keeps two weeks of partitions ready', async () => {
    const wanted = Array.from({ length: 15 }, (_, ahead) => nameOf(ahead))
    expect(await partitions()).toEqual([...wanted, 'outbox_default'].sort())
    await database.query(`DROP TABLE ${nameOf(3)}`)
    await asRelay('SELECT outbox_maintain()')
    expect(await partitions()).toContain(nameOf(3))
  })

  it('forgets what was published more than 8 days ago, and nothing else', async () => {
    const past = -OUTBOX_DAYS
    await oldPartition(past - 1)
    await oldPartition(past - 2)
    await oldPartition(past)
    await put(past - 1, true)
    await put(past - 2, false)
    await put(past - 2, true)
    await put(past, true)
    await put(past - 3, true) // in the default partition, for no day's partition is there
    await put(past - 4, false)
    await put(0, true)
    await asRelay('SELECT outbox_maintain()')
    expect(await days()).toEqual([day(past - 4), day(past - 2), day(past - 2), day(past), day(0)])
    expect(await partitions()).not.toContain(nameOf(past - 1))
    expect(await partitions()).toContain(nameOf(past - 2))

    await database.query('UPDATE outbox SET published_at = now()')
    await asRelay('SELECT outbox_maintain()')
    expect(await days()).toEqual([day(past), day(0)])
  })

  it('makes no partition for a day whose rows are in the default one, and loses none', async () => {
    await database.query(`DROP TABLE ${nameOf(5)}`)
    await put(5, false)
    await asRelay('SELECT outbox_maintain()')
    expect(await partitions()).not.toContain(nameOf(5))
    expect(await days()).toEqual([day(5)])
  })

  it('forgets inbox ids a day later than the outbox forgets rows', async () => {
    expect(INBOX_DAYS).toBe(OUTBOX_DAYS + 1)
    for (const age of [INBOX_DAYS + 1, INBOX_DAYS - 1]) {
      await database.query(
        `INSERT INTO inbox (tenant_id, consumer, event_id, received_at) VALUES ($1, 'c', $2, now() - $3 * interval '1 day')`,
        [TENANT, randomUUID(), age],
      )
    }
    await asRelay('SELECT inbox_maintain()')
    expect(await database.query('SELECT 1 AS kept FROM inbox')).toEqual([{ kept: 1 }])
  })
})

describe('the role of the relay', () => {
  it('sees all tenants and nothing but the outbox', async () => {
    await put(0, false)
    await asRelay('SELECT * FROM outbox')
    for (const sql of [
      'SELECT * FROM effects',
      'SELECT * FROM inbox',
      'DELETE FROM outbox',
      `UPDATE outbox SET data = ''`,
      `INSERT INTO outbox DEFAULT VALUES`,
    ]) {
      await expect(asRelay(sql)).rejects.toThrow('permission denied')
    }
  })
})
