import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createTestDatabase,
  eventually,
  forkScript,
  startRedisServer,
  type RedisServer,
  type TestDatabase,
} from '@iama/testing/servers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Reservation, SpendingOrder } from '../src/application/budgets.ts'
import { BudgetReached, BudgetsUnavailable } from '../src/domain/budget.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'
import { newTenant, openReplica, orderOf, quick, usageOf, type Replica, type ReplicaOptions } from './replicas.ts'
import type { SpenderArgument } from './spender-process.ts'

let database: TestDatabase
let redis: RedisServer
const opened: Replica[] = []

beforeAll(async () => {
  // of its own, for what is in it gets lost
  ;[database, redis] = await Promise.all([createTestDatabase('router', migrations), startRedisServer()])
})

afterAll(async () => {
  await Promise.all(opened.map((replica) => replica.stop()))
  await redis?.stop()
  await database?.drop()
})

const options = (more: Partial<ReplicaOptions> = {}): ReplicaOptions => ({
  ...{ databaseUrl: database.urls.app, redisUrl: redis.url, ...more },
})

const open = async (more: Partial<ReplicaOptions> = {}): Promise<Replica> => {
  const replica = await openReplica(options(more))
  opened.push(replica)
  return replica
}

/** Makes the call: the row first, then the end of the reservation. */
const pay = async (replica: Replica, reservation: Reservation, costMicros: number): Promise<void> => {
  const { id, tenantId, jobId } = reservation
  await replica.usageLog.record(tenantId, usageOf(id, jobId, { costMicros }))
  await replica.budgets.settle(reservation, costMicros)
}

const granted = (results: readonly PromiseSettledResult<Reservation>[]): Reservation[] =>
  results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))

/** Those that were refused, and for which reason. */
const refusals = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as { code?: string }).code] : []))

const rowsOf = (tenantId: string) =>
  database.query<{ id: string; cost_micros: string; estimated: boolean; model: string }>(
    'SELECT id, cost_micros, estimated, model FROM generations WHERE tenant_id = $1 ORDER BY id',
    [tenantId],
  )

const eventsOf = (tenantId: string) =>
  database.query(`SELECT id FROM outbox WHERE tenant_id = $1 AND type = 'usage.recorded'`, [tenantId])

describe('a budget', () => {
  it('for ten calls lets ten of 64 through that come at once over two replicas', async () => {
    const replicas = [await open(), await open()] as const
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    const limits = { jobMicros: 1_000 }
    const results = await Promise.allSettled(
      Array.from({ length: 64 }, (_, at) => replicas[at % 2]!.budgets.reserve(orderOf(tenantId, jobId, 100, limits))),
    )
    expect(granted(results)).toHaveLength(10)
    expect(refusals(results)).toEqual(Array(54).fill('BUDGET_REACHED'))
    const refused = await replicas[0].budgets.reserve(orderOf(tenantId, jobId, 100, limits)).catch((error) => error)
    expect(refused).toBeInstanceOf(BudgetReached)
    expect(refused.metadata).toEqual({ which: 'job', limit: '1000', spent: '1000', needed: '100' })
  })

  it('of a month binds all jobs of a tenant, and no other tenant', async () => {
    const { budgets } = await open()
    const tenantId = newTenant()
    const limits = { jobMicros: 80, monthMicros: 100 }
    await budgets.reserve(orderOf(tenantId, randomUUID(), 80, limits))
    await budgets.reserve(orderOf(tenantId, '', 20, limits))
    const more = budgets.reserve(orderOf(tenantId, randomUUID(), 1, limits))
    await expect(more).rejects.toMatchObject({ metadata: { which: 'tenant', spent: '100' } })
    await budgets.reserve(orderOf(newTenant(), randomUUID(), 80, limits))
  })

  it('gets back what a call did not cost, and all of one that was not made', async () => {
    const replica = await open()
    const { budgets } = replica
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    const limits = { jobMicros: 100 }
    const [first, second] = [
      await budgets.reserve(orderOf(tenantId, jobId, 60, limits)),
      await budgets.reserve(orderOf(tenantId, jobId, 40, limits)),
    ]
    await pay(replica, first, 10)
    await budgets.release(second)
    expect(await budgets.spent(tenantId, jobId)).toEqual({ jobMicros: 10, monthMicros: 10 })
    await budgets.reserve(orderOf(tenantId, jobId, 90, limits))
    await expect(budgets.reserve(orderOf(tenantId, jobId, 1, limits))).rejects.toBeInstanceOf(BudgetReached)
  })

  it('is settled once, however often it is said, and released no more', async () => {
    const replica = await open()
    const { budgets } = replica
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    const limits = { jobMicros: 100 }
    const reservation = await budgets.reserve(orderOf(tenantId, jobId, 60, limits))
    await pay(replica, reservation, 50)
    await Promise.all([1, 2, 3].map(() => pay(replica, reservation, 50)))
    await budgets.release(reservation)
    expect(await budgets.spent(tenantId, jobId)).toEqual({ jobMicros: 50, monthMicros: 50 })
    await budgets.reserve(orderOf(tenantId, jobId, 50, limits))
    await expect(budgets.reserve(orderOf(tenantId, jobId, 1, limits))).rejects.toBeInstanceOf(BudgetReached)
  })

  it('is one, however ids are written, and apart from those of another router', async () => {
    const [{ budgets }, { budgets: another }] = [await open(), await open({ keyPrefix: 'another:' })]
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    const order = orderOf(tenantId.toUpperCase(), jobId.toUpperCase(), 60, { jobMicros: 100 })
    await budgets.reserve(order)
    const more = orderOf(tenantId, jobId, 60, { jobMicros: 100 })
    await expect(budgets.reserve(more)).rejects.toBeInstanceOf(BudgetReached)
    await another.reserve(more)
    await expect(another.reserve({ ...order, id: randomUUID() })).rejects.toBeInstanceOf(BudgetReached)
  })

  it('takes the same order once', async () => {
    const { budgets } = await open()
    const order = orderOf(newTenant(), randomUUID(), 60, { jobMicros: 100 })
    await budgets.reserve(order)
    await expect(budgets.reserve(order)).resolves.toMatchObject({ id: order.id, costMicros: 60 })
  })

  it('counts in the month in which the row is written', async () => {
    const clock = { at: new Date('2026-10-31T23:59:58Z'), now: () => clock.at }
    const replica = await open({ clock })
    const { budgets } = replica
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    const limits = { monthMicros: 100 }
    const old = await budgets.reserve(orderOf(tenantId, jobId, 60, limits))
    clock.at = new Date('2026-11-01T00:00:01Z')
    const next = await budgets.reserve(orderOf(tenantId, jobId, 60, limits))
    await pay(replica, old, 60)
    // the new month's: 60 reserved and 60 spent by the call that began in the old one
    await expect(budgets.reserve(orderOf(tenantId, jobId, 1, limits))).rejects.toMatchObject({
      metadata: { spent: '120' },
    })
    await budgets.release(next)
    expect(await budgets.spent(tenantId, jobId)).toEqual({ jobMicros: 60, monthMicros: 60 })
  })

  it.each<[string, Partial<SpendingOrder>]>([
    ['a negative amount', { costMicros: -1 }],
    ['half a micro-dollar', { costMicros: 0.5 }],
    ['no number as a limit', { limits: { jobMicros: Number.NaN } }],
    ['an id that is none', { id: 'call-1' }],
    ['a job that is none', { jobId: 'x}:open' }],
  ])('refuses %s', async (_what, wrong) => {
    const { budgets } = await open()
    await expect(budgets.reserve({ ...orderOf(newTenant(), '', 1), ...wrong })).rejects.toBeInstanceOf(RangeError)
  })
})

describe('a replica that dies', () => {
  const clear = (tenantId: string, rows: number) =>
    eventually('the dead have been cleared', async () => (await rowsOf(tenantId)).length === rows, 15_000)

  it('leaves calls that are settled once: by their row, or at the most they can have cost', async () => {
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    const limits = { jobMicros: 300 }
    const orders = [1, 2, 3].map(() => orderOf(tenantId, jobId, 100, limits))
    const [written, untold, detailed] = orders as [SpendingOrder, SpendingOrder, SpendingOrder]
    const call = {
      requestId: 'r',
      phase: 'repair',
      provider: 'p',
      model: 'm-7',
      tier: 'pro',
      prompt: 'x@1',
      attempt: 4,
    }
    const argument: SpenderArgument = {
      ...{ options: options({ times: quick }), written: { [written.id]: 30 } },
      orders: [written, untold, { ...detailed, call }],
    }
    const child = forkScript(path.join(import.meta.dirname, 'spender-process.ts'), argument)
    await eventually('it has reserved', () =>
      child.messages.length === 1 || child.output() === ''
        ? child.messages[0]
        : Promise.reject(new Error(child.output())),
    )
    // before it dies: what it has reserved is looked at within its lease, which they would clear after that
    const replicas = await Promise.all([open(), open(), open()])
    child.process.kill('SIGKILL')
    await child.ended
    const { budgets } = replicas[0]!
    await expect(budgets.reserve(orderOf(tenantId, jobId, 1, limits))).rejects.toBeInstanceOf(BudgetReached)
    await clear(tenantId, 3)
    const spent = () => budgets.spent(tenantId, jobId)
    await eventually('all is settled', async () => (await spent()).jobMicros === 230)
    await sleep(quick.leaseMs + quick.renewEveryMs) // nobody settles it again
    expect(await spent()).toEqual({ jobMicros: 230, monthMicros: 230 })
    const rows = Object.fromEntries((await rowsOf(tenantId)).map(({ id, ...row }) => [id, row]))
    expect(rows[written.id]).toMatchObject({ cost_micros: '30', estimated: false, model: 'model-1' })
    expect(rows[untold.id]).toMatchObject({ cost_micros: '100', estimated: true, model: '' })
    expect(rows[detailed.id]).toMatchObject({ cost_micros: '100', estimated: true, model: 'm-7' })
    expect(await eventsOf(tenantId)).toHaveLength(3)
    await budgets.reserve(orderOf(tenantId, jobId, 70, limits))
    await expect(budgets.reserve(orderOf(tenantId, jobId, 1, limits))).rejects.toBeInstanceOf(BudgetReached)
    expect(replicas.flatMap(({ troubles }) => troubles)).toEqual([])
  })

  it('makes room for whoever needs it before anybody has come by', async () => {
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    const never = { renewEveryMs: 3_600_000, leaseMs: 100 }
    const dead = await open({ times: { ...quick, ...never } })
    const limits = { jobMicros: 100 }
    const reservation = await dead.budgets.reserve(orderOf(tenantId, jobId, 100, limits))
    await dead.usageLog.record(tenantId, usageOf(reservation.id, jobId, { costMicros: 40 }))
    await dead.stop()
    const { budgets } = await open({ times: { ...quick, ...never } })
    const order = orderOf(tenantId, jobId, 60, limits)
    await eventually('the lease has ended', () => budgets.reserve(order))
  })

  it('only in appearance has its calls counted as they were cleared', async () => {
    const stalled = await open({ times: { ...quick, renewEveryMs: 3_600_000, leaseMs: 300 } })
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    const limits = { jobMicros: 1_000 }
    const reservation = await stalled.budgets.reserve(orderOf(tenantId, jobId, 100, limits))
    const { budgets } = await open()
    await clear(tenantId, 1)
    await pay(stalled, reservation, 20)
    expect(await rowsOf(tenantId)).toMatchObject([{ cost_micros: '100', estimated: true }])
    expect(await budgets.spent(tenantId, jobId)).toEqual({ jobMicros: 100, monthMicros: 100 })
    await budgets.reserve(orderOf(tenantId, jobId, 900, limits))
    await expect(budgets.reserve(orderOf(tenantId, jobId, 1, limits))).rejects.toBeInstanceOf(BudgetReached)
  })

  it('keeps what is under way as long as it lives', async () => {
    const alive = await open()
    const { budgets } = await open()
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    await alive.budgets.reserve(orderOf(tenantId, jobId, 100, { jobMicros: 100 }))
    await sleep(quick.leaseMs * 2)
    const order = orderOf(tenantId, jobId, 1, { jobMicros: 100 })
    await expect(budgets.reserve(order)).rejects.toBeInstanceOf(BudgetReached)
    expect(await rowsOf(tenantId)).toEqual([])
  })
})

describe('a Redis that loses everything', () => {
  it('lets nobody spend more: what was spent is read again, what is under way is put back', async () => {
    const replicas = [await open(), await open(), await open()] as const
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    const limits = { jobMicros: 1_000, monthMicros: 5_000 }
    const reserve = (at: number) => replicas[at % 3]!.budgets.reserve(orderOf(tenantId, jobId, 100, limits))
    const first = await Promise.all([0, 1, 2, 3, 4].map(reserve))
    await pay(replicas[0], first[0]!, 100)
    await pay(replicas[1], first[1]!, 50)
    await redis.wipe()
    // 150 spent, 300 under way: five of a hundred fit in
    const results = await Promise.allSettled(Array.from({ length: 30 }, (_, at) => reserve(at)))
    expect(granted(results)).toHaveLength(5)
    expect(refusals(results)).toEqual(Array(25).fill('BUDGET_REACHED'))
    await pay(replicas[2], first[2]!, 0)
    await pay(replicas[0], first[3]!, 100)
    await replicas[1].budgets.release(first[4]!)
    expect(await replicas[0].budgets.spent(tenantId, jobId)).toEqual({ jobMicros: 250, monthMicros: 250 })
    const after = await Promise.allSettled(Array.from({ length: 5 }, (_, at) => reserve(at)))
    expect(granted(after)).toHaveLength(2)
  })

  it('again and again, with many calls under way, is at no time overspent, and the sums are right in the end', async () => {
    const replicas = [await open(), await open(), await open()] as const
    const [tenantId, jobs] = [newTenant(), [randomUUID(), randomUUID()] as const]
    const limits = { jobMicros: 3_000, monthMicros: 4_500 }
    const paid = { [jobs[0]]: 0, [jobs[1]]: 0 }
    const underWay = { [jobs[0]]: 0, [jobs[1]]: 0 }
    let most = 0
    let refused = 0
    const call = async (at: number): Promise<void> => {
      const [replica, jobId] = [replicas[at % 3]!, jobs[at % 2]!]
      await sleep(Math.random() * 1_500)
      const reservation = await replica.budgets.reserve(orderOf(tenantId, jobId, 100, limits)).catch((error: Error) => {
        if (!(error instanceof BudgetReached)) throw error
        refused++
      })
      if (!reservation) return
      underWay[jobId]! += 100
      for (const job of jobs) expect(paid[job]! + underWay[job]!).toBeLessThanOrEqual(limits.jobMicros)
      most = Math.max(
        most,
        jobs.reduce((sum, job) => sum + paid[job]! + underWay[job]!, 0),
      )
      expect(most).toBeLessThanOrEqual(limits.monthMicros)
      await sleep(Math.random() * 300)
      const { id } = reservation
      const costMicros = at % 7 === 0 ? undefined : Math.floor(Math.random() * 40)
      if (costMicros !== undefined) await replica.usageLog.record(tenantId, usageOf(id, jobId, { costMicros }))
      // before Redis is asked: others may be granted what we give back before we hear of it
      underWay[jobId]! -= 100
      paid[jobId]! += costMicros ?? 0
      if (costMicros === undefined) await replica.budgets.release(reservation)
      else await replica.budgets.settle(reservation, costMicros)
    }
    const losing = (async () => {
      for (let times = 0; times < 4; times++) {
        await sleep(350)
        await redis.wipe()
      }
    })()
    await Promise.all([...Array.from({ length: 400 }, (_, at) => call(at)), losing])
    expect(most).toBeGreaterThan(limits.monthMicros / 2) // the limits did matter
    for (const jobId of jobs) {
      const sums = { jobMicros: paid[jobId]!, monthMicros: paid[jobs[0]]! + paid[jobs[1]]! }
      const order = orderOf(tenantId, jobId, 0, limits)
      await replicas[0].budgets.release(await replicas[0].budgets.reserve(order)) // loads what is missing
      expect(await replicas[1].budgets.spent(tenantId, jobId)).toEqual(sums)
      expect(
        await replicas[0].ledger.sums(tenantId, { jobId, month: new Date().toISOString().slice(0, 7) }, []),
      ).toEqual(sums)
    }
    expect(refused + (await rowsOf(tenantId)).length).toBeLessThanOrEqual(400)
  }, 30_000)
})

describe('a Redis that loses a part', () => {
  it('has back what is under way with the next renewal', async () => {
    const { budgets, redis: client } = await open()
    const [tenantId, jobId] = [newTenant(), randomUUID()]
    const limits = { jobMicros: 100 }
    const { id } = await budgets.reserve(orderOf(tenantId, jobId, 100, limits))
    const keys = await client.keys(`budget:{${tenantId}}:*`)
    expect(keys).toHaveLength(4)
    await client.del(...keys)
    await eventually('it is put back', () => client.hexists(`budget:{${tenantId}}:open`, id))
    await expect(budgets.reserve(orderOf(tenantId, jobId, 1, limits))).rejects.toBeInstanceOf(BudgetReached)
  })
})

describe('a Redis that is away', () => {
  it('refuses who has a limit, soon; who has none goes on and is settled later', async () => {
    const own = await startRedisServer()
    const replica = await open({ redisUrl: own.url })
    try {
      const { budgets } = replica
      const [tenantId, jobId] = [newTenant(), randomUUID()]
      const before = await budgets.reserve(orderOf(tenantId, jobId, 100, { jobMicros: 200 }))
      own.pause()
      const began = performance.now()
      const limited = budgets.reserve(orderOf(tenantId, jobId, 50, { jobMicros: 200 }))
      await expect(limited).rejects.toBeInstanceOf(BudgetsUnavailable)
      const free = await budgets.reserve(orderOf(tenantId, jobId, 70))
      await pay(replica, before, 60)
      await pay(replica, free, 7)
      expect(performance.now() - began).toBeLessThan(5_000)
      expect(await budgets.spent(tenantId, jobId)).toEqual({ jobMicros: 67, monthMicros: 67 }) // from the ledger
      own.goOn()
      const order = orderOf(tenantId, jobId, 133, { jobMicros: 200 })
      await eventually('nothing is reserved any more', () => budgets.reserve(order))
      await expect(budgets.reserve(orderOf(tenantId, jobId, 1, { jobMicros: 200 }))).rejects.toBeInstanceOf(
        BudgetReached,
      )
      await own.kill()
      await expect(budgets.reserve(orderOf(tenantId, jobId, 1, { jobMicros: 999 }))).rejects.toMatchObject({
        ...{ code: 'BUDGETS_UNAVAILABLE', kind: 'unavailable' },
      })
      await own.start()
      const again = orderOf(tenantId, jobId, 1, { jobMicros: 201 })
      await eventually('it is back', () => budgets.reserve(again))
      await expect(budgets.reserve(orderOf(tenantId, jobId, 1, { jobMicros: 201 }))).rejects.toBeInstanceOf(
        BudgetReached,
      )
    } finally {
      own.goOn()
      await replica.stop()
      await own.stop()
    }
  })
})
