import { randomUUID } from 'node:crypto'
import { fromBinary } from '@bufbuild/protobuf'
import { UsageRecordedEventSchema } from '@iama/contracts/iama/router/v1/events'
import { createTestDatabase, testServers, type TestDatabase } from '@iama/testing/servers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { migrations } from '../src/infrastructure/migrations/index.ts'
import { newTenant, openReplica, usageOf, type Replica } from './replicas.ts'

let database: TestDatabase
let replica: Replica

beforeAll(async () => {
  database = await createTestDatabase('router', migrations)
  replica = await openReplica({ databaseUrl: database.urls.app, redisUrl: testServers().redisUrl })
})

afterAll(async () => {
  await replica?.stop()
  await database?.drop()
})

const eventsOf = async (tenantId: string) => {
  const rows = await database.query<{ data: Buffer; aggregate_id: string }>(
    `SELECT data, aggregate_id FROM outbox WHERE tenant_id = $1 AND type = 'usage.recorded'`,
    [tenantId],
  )
  return rows.map((row) => ({ ...fromBinary(UsageRecordedEventSchema, row.data), aggregateId: row.aggregate_id }))
}

describe('the usage log', () => {
  it('keeps all that a call has used, and tells it', async () => {
    const [tenantId, id, jobId] = [newTenant(), randomUUID(), randomUUID()]
    await replica.usageLog.record(tenantId, usageOf(id, jobId))
    const rows = await database.query('SELECT * FROM generations WHERE tenant_id = $1', [tenantId])
    expect(rows).toEqual([
      expect.objectContaining({
        ...{ id, job_id: jobId, phase: 'refactor', provider: 'scripted', model: 'model-1', prompt: 'refactor@3' },
        ...{ input_tokens: '100', output_tokens: '20', cached_tokens: '40', reasoning_tokens: '5', cost_micros: '10' },
        ...{ milliseconds: '1234', first_token_ms: '56', estimated: false, attempt: 2, request_id: `request-${id}` },
      }),
    ])
    expect(await eventsOf(tenantId)).toEqual([
      expect.objectContaining({
        ...{ usageId: id, jobId, aggregateId: jobId, cachedTokens: 40n, reasoningTokens: 5n, firstTokenMs: 56n },
        ...{ estimated: false, prompt: 'refactor@3', costMicros: 10n, milliseconds: 1_234n },
      }),
    ])
  })

  it('takes a call of no job, and one without a first token', async () => {
    const [tenantId, id] = [newTenant(), randomUUID()]
    await replica.usageLog.record(tenantId, usageOf(id, '', { firstTokenMs: undefined, estimated: true }))
    const [row] = await database.query('SELECT * FROM generations WHERE id = $1', [id])
    expect(row).toMatchObject({ job_id: null, first_token_ms: null, estimated: true })
    const [event] = await eventsOf(tenantId)
    expect(event).toMatchObject({ usageId: id, jobId: '', aggregateId: id, estimated: true })
    expect(event!.firstTokenMs).toBeUndefined()
  })

  it('writes and tells a call once, however often it is recorded, also at the same time', async () => {
    const [tenantId, id, jobId] = [newTenant(), randomUUID(), randomUUID()]
    const record = () => replica.usageLog.record(tenantId, usageOf(id, jobId))
    await Promise.all(Array.from({ length: 20 }, record))
    await record()
    expect(await database.query('SELECT id FROM generations WHERE tenant_id = $1', [tenantId])).toHaveLength(1)
    expect(await eventsOf(tenantId)).toHaveLength(1)
  })

  it('makes few transactions of many calls at once, one for each tenant', async () => {
    const [one, other] = [newTenant(), newTenant()]
    const calls = Array.from({ length: 400 }, (_, at) => ({ tenantId: at % 2 ? one : other, id: randomUUID() }))
    await Promise.all(calls.map(({ tenantId, id }) => replica.usageLog.record(tenantId, usageOf(id, ''))))
    const [written] = await database.query<{ rows: number; transactions: number; shared: number }>(
      `SELECT count(*)::int AS rows, count(DISTINCT xmin::text)::int AS transactions,
         (SELECT count(*)::int FROM (SELECT 1 FROM generations WHERE tenant_id = ANY ($1)
            GROUP BY xmin::text HAVING count(DISTINCT tenant_id) > 1) AS mixed) AS shared
       FROM generations WHERE tenant_id = ANY ($1)`,
      [[one, other]],
    )
    expect(written).toMatchObject({ rows: 400, shared: 0 })
    expect(written!.transactions).toBeLessThanOrEqual(8)
    expect(await eventsOf(one)).toHaveLength(200)
  })

  it('lets a row that the database refuses fail alone', async () => {
    const tenantId = newTenant()
    const ids = [randomUUID(), randomUUID(), 'no uuid', randomUUID()]
    const results = await Promise.allSettled(ids.map((id) => replica.usageLog.record(tenantId, usageOf(id, ''))))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(await eventsOf(tenantId)).toHaveLength(3)
  })
})
