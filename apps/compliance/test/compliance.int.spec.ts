import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readStreams } from '@iama/messaging'
import { isolationSuite } from '@iama/testing/isolation'
import { eventually } from '@iama/testing/servers'
import pg from 'pg'
import { event, startCompliance, type ComplianceUnderTest } from './compliance-service.ts'

let service: ComplianceUnderTest

beforeAll(async () => {
  service = await startCompliance()
}, 60_000)

afterAll(async () => await service.stop())

const SOURCES = ['auth', 'jobs', 'billing', 'router', 'sandbox', 'delivery']

/** A tenant with a chain of records. */
const audited = async (length: number): Promise<string> => {
  const tenant = randomUUID()
  await Promise.all(
    Array.from({ length }, (_, index) => service.publish(event(tenant, SOURCES[index % SOURCES.length]))),
  )
  await eventually(`${length} records`, async () => (await service.count(tenant)) === length)
  return tenant
}

describe('events', () => {
  it('of every service are read, and of this one alone are not', async () => {
    const declared = await readStreams(service.settings.streamsFile)
    const streams = declared.filter(({ subjects }) => subjects.every((subject) => subject.startsWith('events.')))
    const read = streams.filter(({ consumers }) => consumers.some(({ name }) => name === 'compliance'))
    expect(read.map(({ name }) => name)).toEqual(
      expect.arrayContaining(SOURCES.map((s) => `EVENTS_${s.toUpperCase()}`)),
    )
    expect(streams.filter((stream) => !read.includes(stream)).map(({ name }) => name)).toEqual(['EVENTS_COMPLIANCE'])
  })

  it('become records that say what happened, where and to what', async () => {
    const tenant = randomUUID()
    const happened = event(tenant, 'billing', 'quota.reserved')
    await service.publish(happened)
    const [record] = await eventually('a record', async () => {
      const { records } = await service.as(tenant).listAuditRecords({})
      return records.length === 1 && records
    })
    expect(record).toMatchObject({
      position: 1n,
      eventId: happened.id,
      type: 'quota.reserved',
      source: 'billing',
      subject: `quota/${happened.aggregateId}`,
      payloadSha256: createHash('sha256').update(happened.data).digest('hex'),
      previousHash: '0'.repeat(64),
    })
    expect(Number(record!.occurredAt!.seconds) * 1_000 + record!.occurredAt!.nanos / 1e6).toBe(happened.time.getTime())
  })

  it('count once, however often they come', async () => {
    const tenant = randomUUID()
    const events = SOURCES.map((source) => event(tenant, source))
    for (const each of events) await service.publish(each, 'twice')
    await service.publish(event(tenant, 'jobs', 'job.delivered'))
    await eventually('7 records', async () => (await service.count(tenant)) === 7)
    for (const each of events) await service.publish(each)
    for (const source of SOURCES) await service.publish(event(tenant, source, 'last.word'))
    await eventually('the records behind the repeated ones, of every stream', async () => {
      const { records } = await service.as(tenant).listAuditRecords({})
      return records.filter(({ type }) => type === 'last.word').length === SOURCES.length
    })
    expect(await service.count(tenant)).toBe(7 + SOURCES.length)
  })

  it('of one tenant from all streams at once, over two replicas, make one chain without holes', async () => {
    const tenant = await audited(240)
    const { records } = await service.as(tenant, 'auditor', 1).listAuditRecords({ pageSize: 500 })
    expect(records.map(({ position }) => Number(position))).toEqual(Array.from({ length: 240 }, (_, at) => at + 1))
    records.slice(1).forEach((record, at) => expect(record.previousHash).toBe(records[at]!.hash))
    expect(await service.as(tenant).verifyAudit({})).toMatchObject({
      valid: true,
      records: 240n,
      firstBrokenPosition: 0n,
      reason: '',
      headHash: records.at(-1)!.hash,
    })
  }, 30_000)
})

describe('the trail', () => {
  it('is listed page by page, and refuses a page that was never given', async () => {
    const tenant = await audited(5)
    const positions: bigint[] = []
    let pageToken = ''
    do {
      const page = await service.as(tenant).listAuditRecords({ pageSize: 2, pageToken })
      positions.push(...page.records.map(({ position }) => position))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    expect(positions).toEqual([1n, 2n, 3n, 4n, 5n])
    const refused = service.as(tenant).listAuditRecords({ pageToken: 'x' })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_REQUEST', violations: [{ field: 'page_token' }] })
  })

  it('is open to auditors of the tenant alone', async () => {
    const tenant = await audited(1)
    expect((await service.as(tenant, 'owner').listAuditRecords({})).records).toHaveLength(1)
    expect((await service.as(randomUUID()).listAuditRecords({})).records).toEqual([])
    expect(await service.as(randomUUID()).verifyAudit({})).toMatchObject({ valid: true, records: 0n })
    for (const role of ['developer', 'viewer', 'maintainer'] as const) {
      await expect(service.as(tenant, role).listAuditRecords({})).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
      await expect(service.as(tenant, role).verifyAudit({})).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    }
    await expect(service.worker.verifyAudit({})).rejects.toMatchObject({ code: 'CALLER_NOT_ALLOWED' })
  })

  it('cannot be changed or shortened by the service itself', async () => {
    const tenant = await audited(1)
    const app = new pg.Client({ connectionString: service.database.urls.app })
    await app.connect()
    try {
      await app.query(`SELECT set_config('app.tenant_id', $1, false)`, [tenant])
      expect((await app.query('SELECT 1 FROM audit_records')).rowCount).toBe(1)
      for (const attempt of [
        `UPDATE audit_records SET type = 'job.invented'`,
        'DELETE FROM audit_records',
        'TRUNCATE audit_records',
        'DELETE FROM audit_heads',
      ]) {
        await expect(app.query(attempt)).rejects.toMatchObject({ code: '42501' })
      }
    } finally {
      await app.end()
    }
  })
})

describe('verification finds', () => {
  const change = (tenant: string, sql: string) => service.database.query(sql, [tenant])
  const verdict = (tenant: string) => service.as(tenant).verifyAudit({})

  it.each([
    ['event_id', 'gen_random_uuid()'],
    ['type', `type || 'x'`],
    ['source', `source || 'x'`],
    ['subject', `replace(subject, '/', '.')`],
    ['occurred_at', `occurred_at + interval '1 microsecond'`],
    ['payload', 'set_byte(payload, 3, get_byte(payload, 3) # 1)'],
    ['payload_sha256', 'set_byte(payload_sha256, 31, get_byte(payload_sha256, 31) # 128)'],
    ['previous_hash', 'set_byte(previous_hash, 0, get_byte(previous_hash, 0) # 1)'],
    ['hash', 'set_byte(hash, 16, get_byte(hash, 16) # 1)'],
  ])('a record with another %s', async (column, changed) => {
    const tenant = await audited(4)
    await change(tenant, `UPDATE audit_records SET ${column} = ${changed} WHERE tenant_id = $1 AND position = 3`)
    const found = await verdict(tenant)
    expect(found).toMatchObject({ valid: false, records: 2n, firstBrokenPosition: 3n })
    expect(found.reason).toContain('record 3')
  })

  it('a payload and its hash changed together', async () => {
    const tenant = await audited(3)
    await change(
      tenant,
      `UPDATE audit_records SET payload = 'forged', payload_sha256 = sha256('forged') WHERE tenant_id = $1 AND position = 2`,
    )
    expect(await verdict(tenant)).toMatchObject({ valid: false, firstBrokenPosition: 2n })
  })

  it('a missing record, a cut tail, and a chain that is gone', async () => {
    const tenant = await audited(5)
    await change(tenant, 'DELETE FROM audit_records WHERE tenant_id = $1 AND position = 5')
    expect(await verdict(tenant)).toMatchObject({ valid: false, records: 4n, firstBrokenPosition: 5n })
    await change(tenant, 'DELETE FROM audit_records WHERE tenant_id = $1 AND position = 2')
    const missing = { valid: false, firstBrokenPosition: 2n, reason: 'record 2 is missing' }
    expect(await verdict(tenant)).toMatchObject(missing)
    await change(tenant, 'DELETE FROM audit_records WHERE tenant_id = $1')
    expect(await verdict(tenant)).toMatchObject({ valid: false, records: 0n, firstBrokenPosition: 1n })
  })

  it('two records that have changed places', async () => {
    const tenant = await audited(4)
    for (const [from, to] of [
      [2, 100],
      [3, 2],
      [100, 3],
    ]) {
      await change(tenant, `UPDATE audit_records SET position = ${to} WHERE tenant_id = $1 AND position = ${from}`)
    }
    expect(await verdict(tenant)).toMatchObject({ valid: false, firstBrokenPosition: 2n })
  })

  it('a head that counts less, names another hash or is gone', async () => {
    const tenant = await audited(3)
    await change(tenant, `UPDATE audit_heads SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE tenant_id = $1`)
    expect(await verdict(tenant)).toMatchObject({ valid: false, firstBrokenPosition: 3n })
    await change(
      tenant,
      `UPDATE audit_heads SET records = 2,
         hash = (SELECT hash FROM audit_records r WHERE r.tenant_id = $1 AND position = 2) WHERE tenant_id = $1`,
    )
    expect(await verdict(tenant)).toMatchObject({ valid: false, records: 2n, firstBrokenPosition: 3n })
    await change(tenant, 'DELETE FROM audit_heads WHERE tenant_id = $1')
    expect(await verdict(tenant)).toMatchObject({ valid: false, records: 0n, firstBrokenPosition: 1n })
  })

  it('nothing in a chain of many pages', async () => {
    const tenant = await audited(450)
    expect(await verdict(tenant)).toMatchObject({ valid: true, records: 450n })
    await change(tenant, `UPDATE audit_records SET source = 'x' WHERE tenant_id = $1 AND position = 402`)
    expect(await verdict(tenant)).toMatchObject({ valid: false, records: 401n, firstBrokenPosition: 402n })
  }, 30_000)
})

isolationSuite({ urls: () => service.database.urls })
