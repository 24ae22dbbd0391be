import { randomUUID } from 'node:crypto'
import { create, toBinary } from '@bufbuild/protobuf'
import { timestampDate } from '@bufbuild/protobuf/wkt'
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { UsageRecordedEventSchema } from '@iama/contracts/iama/router/v1/events'
import type { DomainMessage } from '@iama/messaging'
import { isolationSuite } from '@iama/testing/isolation'
import { eventually } from '@iama/testing/servers'
import { exceptions } from '../src/infrastructure/exceptions.ts'
import { startBilling, type BillingUnderTest } from './billing-service.ts'

jest.setTimeout(30_000)

const MAY = new Date('2026-05-17T12:00:00Z')
let service: BillingUnderTest
let tenant: string

beforeAll(async () => {
  service = await startBilling()
}, 60_000)

beforeEach(() => {
  tenant = randomUUID()
  service.now = MAY
})

afterAll(async () => await service.stop())

const job = () => ({ tenantId: tenant, jobId: randomUUID() })

/** The types of what was told about a tenant, oldest first. */
const told = async (): Promise<string[]> =>
  (await service.published('EVENTS_BILLING')).filter(({ tenantId }) => tenantId === tenant).map(({ type }) => type)

const tells = async (types: readonly string[]): Promise<void> => {
  await service.untilAllIsTold()
  expect((await told()).sort()).toEqual([...types].sort())
}

describe('the month’s budget for models', () => {
  it('is set by who manages billing, told, and read by the services that spend', async () => {
    expect(await service.quota().getEntitlements({ tenantId: tenant })).toMatchObject({ monthBudgetMicros: 0n })
    await service.as(tenant, 'owner').setBudget({ monthMicros: 5_000_000n })
    await service.as(tenant, 'owner').setBudget({ monthMicros: 7_000_000n })
    expect(await service.quota().getEntitlements({ tenantId: tenant })).toMatchObject({ monthBudgetMicros: 7_000_000n })
    expect(await service.as(tenant).getUsage({})).toMatchObject({ monthBudgetMicros: 7_000_000n })
    expect(await service.quota().getEntitlements({ tenantId: randomUUID() })).toMatchObject({ monthBudgetMicros: 0n })
    await tells(['budget.changed', 'budget.changed'])
  })

  it('is not set by who only reads or works', async () => {
    for (const role of ['viewer', 'developer', 'admin'] as const) {
      await expect(service.as(tenant, role).setBudget({ monthMicros: 1n })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
      })
    }
  })

  it('is refused below nothing', async () => {
    await expect(service.as(tenant, 'owner').setBudget({ monthMicros: -1n })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })
})

describe('reserving', () => {
  it('64 at once over two replicas against a limit of 10 leaves exactly 10', async () => {
    await service.subscribe(tenant, 'max')
    const outcomes = await Promise.allSettled(
      Array.from({ length: 64 }, (_, index) => service.quota(index % 2 === 0 ? 0 : 1).reserve(job())),
    )
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused).toHaveLength(54)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'QUOTA_EXHAUSTED' })
    const rows = await service.database.query('SELECT state FROM reservations WHERE tenant_id = $1', [tenant])
    expect(rows).toEqual(Array.from({ length: 10 }, () => ({ state: 'ACTIVE' })))
    expect(await service.as(tenant).getUsage({})).toMatchObject({ jobsUsed: 10, jobsActive: 10, jobsLimit: 2_000 })
    await tells([
      ...Array.from({ length: 10 }, () => 'quota.reserved'),
      ...Array.from({ length: 54 }, () => 'quota.exhausted'),
    ])
  })

  it('the same job again and again, at once or later, is one reservation', async () => {
    const wanted = job()
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => service.quota(index % 2 === 0 ? 0 : 1).reserve(wanted)),
    )
    answers.push(await service.quota().reserve(wanted))
    expect(new Set(answers.map(({ reservationId }) => reservationId)).size).toBe(1)
    expect(answers[0]!.plan).toMatchObject({ tier: 'free', jobsPerMonth: 10, jobsAtOnce: 1, routes: ['L1'] })
    expect(timestampDate(answers[0]!.expiresAt!)).toEqual(new Date('2026-05-24T12:00:00Z'))
    await tells(['quota.reserved'])
  })

  it('says which limit is reached, that of jobs at work or that of the month, until the month ends', async () => {
    const quota = service.quota()
    for (let used = 0; used < 10; used++) {
      const wanted = job()
      await quota.reserve(wanted)
      await expect(quota.reserve(job())).rejects.toMatchObject({
        code: 'QUOTA_EXHAUSTED',
        metadata: { limit: used < 9 ? 'at_once' : 'month', tier: 'free' },
      })
      await quota.consume(wanted)
    }
    await expect(quota.reserve(job())).rejects.toMatchObject({ metadata: { limit: 'month' } })
    service.now = new Date('2026-06-01T00:00:00Z')
    await quota.reserve(job())
    expect(await service.as(tenant).getUsage({})).toMatchObject({ jobsUsed: 1, jobsActive: 1, jobsLimit: 10 })
  })
})

describe('a reservation', () => {
  it('that was consumed stays used, whatever is asked afterwards', async () => {
    const [quota, wanted] = [service.quota(), job()]
    await quota.reserve(wanted)
    for (let time = 0; time < 2; time++) await quota.consume(wanted)
    await quota.release(wanted)
    expect(await quota.expire({ tenantId: tenant, finalJobIds: [wanted.jobId] })).toMatchObject({ expired: 0 })
    expect(await service.as(tenant).getUsage({})).toMatchObject({ jobsUsed: 1, jobsActive: 0 })
    await tells(['quota.reserved', 'quota.consumed'])
  })

  it('that was released is free for another job and lost for its own', async () => {
    const [quota, wanted] = [service.quota(), job()]
    await quota.reserve(wanted)
    for (let time = 0; time < 2; time++) await quota.release(wanted)
    await expect(quota.consume(wanted)).rejects.toMatchObject({ code: 'RESERVATION_ENDED' })
    await expect(quota.reserve(wanted)).rejects.toMatchObject({ code: 'RESERVATION_ENDED' })
    await quota.reserve(job())
    await tells(['quota.reserved', 'quota.released', 'quota.reserved'])
  })

  it('of a final job expires, and only that', async () => {
    await service.subscribe(tenant, 'plus')
    const [quota, left, open] = [service.quota(), job(), job()]
    await quota.reserve(left)
    await quota.reserve(open)
    const finalJobIds = [left.jobId, randomUUID()]
    expect(await quota.expire({ tenantId: tenant, finalJobIds })).toMatchObject({ expired: 1 })
    expect(await quota.expire({ tenantId: tenant, finalJobIds })).toMatchObject({ expired: 0 })
    expect(await service.as(tenant).getUsage({})).toMatchObject({ jobsUsed: 1, jobsActive: 1 })
  })

  it('must exist, for this tenant', async () => {
    const wanted = job()
    await service.quota().reserve(wanted)
    const stranger = { ...wanted, tenantId: randomUUID() }
    for (const asked of [stranger, job()]) {
      await expect(service.quota().consume(asked)).rejects.toMatchObject({ code: 'RESERVATION_NOT_FOUND' })
      await expect(service.quota().release(asked)).rejects.toMatchObject({ code: 'RESERVATION_NOT_FOUND' })
    }
  })

  it.each([
    ['an id that is none', ['x']],
    ['too many ids', Array.from({ length: 1_001 }, () => randomUUID())],
  ])('is not expired by %s', async (_what, finalJobIds) => {
    await expect(service.quota().expire({ tenantId: tenant, finalJobIds })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      violations: [{ field: 'final_job_ids' }],
    })
  })
})

describe('the ledger', () => {
  const delivered = async () => {
    const wanted = job()
    await service.quota().reserve(wanted)
    await service.quota().consume(wanted)
    return wanted
  }

  it('has one entry of an accepted job, settled 32 times at once over two replicas', async () => {
    const wanted = await delivered()
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, index) => service.quota(index % 2 === 0 ? 0 : 1).settle(wanted)),
    )
    const [id, ...others] = new Set(answers.map(({ ledgerEntryId }) => ledgerEntryId))
    expect(others).toEqual([])
    const { entries } = await service.as(tenant).listLedger({})
    expect(entries).toMatchObject([
      { id, jobId: wanted.jobId, kind: 'job', debitAccount: 'receivable', creditAccount: 'revenue', currency: 'USD' },
    ])
    await tells(['quota.reserved', 'quota.consumed', 'ledger.entered'])
  })

  it('has no entry of work that was not delivered', async () => {
    await expect(service.quota().settle(job())).rejects.toMatchObject({ code: 'RESERVATION_NOT_FOUND' })
    const wanted = job()
    await service.quota().reserve(wanted)
    await expect(service.quota().settle(wanted)).rejects.toMatchObject({ code: 'RESERVATION_NOT_CONSUMED' })
    expect((await service.as(tenant).listLedger({})).entries).toEqual([])
  })

  it('is listed newest first, page by page, to its tenant alone', async () => {
    const settled: string[] = []
    for (let entry = 0; entry < 3; entry++) {
      settled.unshift((await service.quota().settle(await delivered())).ledgerEntryId)
    }
    const billing = service.as(tenant)
    const first = await billing.listLedger({ pageSize: 2 })
    const second = await billing.listLedger({ pageSize: 2, pageToken: first.nextPageToken })
    expect([...first.entries, ...second.entries].map(({ id }) => id)).toEqual(settled)
    expect(second.nextPageToken).toBe('')
    expect((await service.as(randomUUID()).listLedger({})).entries).toEqual([])
    const refused = billing.listLedger({ pageToken: 'x' })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_REQUEST', violations: [{ field: 'page_token' }] })
  })
})

describe('usage', () => {
  const recorded = (usageId: string, at = MAY): DomainMessage => ({
    id: randomUUID(),
    tenantId: tenant,
    source: 'router',
    type: 'usage.recorded',
    aggregateId: randomUUID(),
    sequence: 0,
    time: at,
    traceparent: '',
    data: toBinary(
      UsageRecordedEventSchema,
      create(UsageRecordedEventSchema, {
        usageId,
        jobId: randomUUID(),
        phase: 'refactor',
        provider: 'codemod',
        model: 'codemod',
        inputTokens: 1_000n,
        outputTokens: 200n,
        costMicros: 30n,
        currency: 'USD',
      }),
    ),
  })

  it('counts once, however often it is told, and in its own month', async () => {
    await service.publish(recorded(randomUUID(), new Date('2026-04-30T23:59:59Z')))
    const twice = recorded(randomUUID())
    await service.publish(twice, 'twice')
    await service.publish({ ...twice, id: randomUUID() }) // told anew by a router that had forgotten
    await service.publish(recorded(randomUUID()))
    const usage = await eventually('the last one is counted', async () => {
      const found = await service.as(tenant).getUsage({})
      return found.inputTokens >= 2_000n && found
    })
    expect(usage).toMatchObject({ inputTokens: 2_000n, outputTokens: 400n, costMicros: 60n, currency: 'USD' })
    expect(await service.as(randomUUID()).getUsage({})).toMatchObject({ inputTokens: 0n, costMicros: 0n })
  })
})

describe('the catalogue', () => {
  it('is what the tiers promise', async () => {
    const { plans } = await service.as(tenant).listPlans({})
    const facts = plans.map((plan) => [
      plan.tier,
      Number(plan.contextTokens),
      plan.routes.join(' '),
      plan.sandboxes.join(' '),
      plan.jobsPerMonth,
      plan.jobsAtOnce,
    ])
    expect(facts).toEqual([
      ['free', 128_000, 'L1', 'local', 10, 1],
      ['plus', 128_000, 'L1 L2', 'local', 100, 2],
      ['pro', 200_000, 'L1 L2', 'local remote', 500, 5],
      ['max', 200_000, 'L1 L2 L3', 'local remote', 2_000, 10],
      ['enterprise', 1_000_000, 'L1 L2 L3', 'local remote', 0, 50],
    ])
  })

  it('gives each tenant its plan, the usual one unless it chose', async () => {
    expect((await service.as(tenant).getPlan({})).plan!.tier).toBe('free')
    await service.subscribe(tenant, 'pro')
    expect((await service.as(tenant).getPlan({})).plan!.tier).toBe('pro')
    expect((await service.quota().getEntitlements({ tenantId: tenant })).plan!.tier).toBe('pro')
  })
})

describe('callers', () => {
  it('are people for what is theirs to see, and the worker for quotas', async () => {
    const forbidden = expect.objectContaining({ code: 'CALLER_NOT_ALLOWED' })
    await expect(service.wrong.quota(tenant).reserve(job())).rejects.toEqual(forbidden)
    await expect(service.wrong.billing.getUsage({})).rejects.toEqual(forbidden)
  })
})

isolationSuite({ urls: () => service.database.urls, exceptions })
