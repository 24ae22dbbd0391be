import { describe, expect, it } from '@jest/globals'
import type { EntityManager } from 'typeorm'
import type { DomainMessage } from './event.ts'
import { EventRefused, MAX_EVENT_BYTES, PostgresOutbox } from './outbox.ts'

const message: DomainMessage = {
  id: '018f2d5c-4444-7000-8000-000000000004',
  tenantId: '018f2d5c-1111-7000-8000-000000000001',
  source: 'jobs',
  type: 'job.created',
  aggregateId: '018f2d5c-5555-7000-8000-000000000005',
  sequence: 1,
  time: new Date(0),
  traceparent: '',
  data: new Uint8Array(MAX_EVENT_BYTES),
}

/** Counts the statements; what is refused must not get that far. */
const recording = () => {
  const statements: string[] = []
  const manager = { query: async (sql: string) => void statements.push(sql) } as unknown as EntityManager
  return { statements, outbox: new PostgresOutbox(manager) }
}

describe('the outbox', () => {
  it.each<[Partial<DomainMessage>, string]>([
    [{ id: '7' }, 'its id is not a UUID'],
    [{ tenantId: 'acme' }, 'its tenant is not a UUID'],
    [{ source: 'jobs.>' }, 'its source'],
    [{ type: 'job created' }, 'its type'],
    [{ type: 'job' }, 'its type'],
    [{ aggregateId: 'a\nb' }, 'its aggregate id'],
    [{ aggregateId: '' }, 'its aggregate id'],
    [{ sequence: -1 }, 'its sequence'],
    [{ sequence: Number.NaN }, 'its sequence'],
    [{ time: new Date(Number.NaN) }, 'its time'],
    [{ traceparent: '00\r\n' }, 'its trace context'],
    [{ data: new Uint8Array(MAX_EVENT_BYTES + 1) }, 'refer to an artifact'],
  ])('refuses what could never be published before it is committed: %j', async (change, reason) => {
    const { statements, outbox } = recording()
    const attempt = outbox.append([message, { ...message, ...change }])
    await expect(attempt).rejects.toThrow(EventRefused)
    await expect(attempt).rejects.toThrow(reason)
    expect(statements).toEqual([])
  })

  it('writes all messages of a call with one statement, and none without any', async () => {
    const { statements, outbox } = recording()
    await outbox.append([])
    expect(statements).toHaveLength(0)
    await outbox.append([message, { ...message, sequence: 2 }])
    expect(statements).toHaveLength(1)
  })
})
