import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromBinary } from '@bufbuild/protobuf'
import { timestampDate } from '@bufbuild/protobuf/wkt'
import { CircuitClosedEventSchema, CircuitOpenedEventSchema } from '@iama/contracts/iama/router/v1/events'
import {
  createTestDatabase,
  eventually,
  startRedisServer,
  type RedisServer,
  type TestDatabase,
} from '@iama/testing/servers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Leave, Target } from '../src/application/circuits.ts'
import type { BreakerSettings } from '../src/domain/breaker.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'
import { SYSTEM_TENANT } from '../src/infrastructure/system-tenant.ts'
import { openReplica, type Replica, type ReplicaOptions } from './replicas.ts'

/** Open and on trial for longer than a process that lives is ever kept waiting, and no longer than a test can wait. */
const quick: BreakerSettings = { failures: 5, windowMs: 60_000, openMs: 4_000, trials: 3, trialMs: 4_000 }
const VIEW_MS = 50

let database: TestDatabase
let redis: RedisServer
const opened: Replica[] = []

beforeAll(async () => {
  ;[database, redis] = await Promise.all([createTestDatabase('router', migrations), startRedisServer()])
})

afterAll(async () => {
  await Promise.all(opened.map((replica) => replica.stop()))
  await redis?.stop()
  await database?.drop()
})

const open = async (circuits: ReplicaOptions['circuits'] = {}, redisUrl = redis.url): Promise<Replica> => {
  const replica = await openReplica({
    ...{ databaseUrl: database.urls.app, redisUrl },
    circuits: { breaker: quick, viewMs: VIEW_MS, ...circuits },
  })
  opened.push(replica)
  return replica
}

const newTarget = (): Target => ({ provider: 'own endpoint', model: `org/model:${randomUUID()}` })

const fail = async (replica: Replica, target: Target, times: number): Promise<void> => {
  for (let time = 0; time < times; time++) {
    await replica.circuits.report(target, { granted: true, trial: undefined }, 'failed')
  }
}

const stateOf = async (replica: Replica, target: Target) => (await replica.circuits.states([target]))[0]!

const untilState = (replica: Replica, target: Target, state: string) =>
  eventually(`it is ${state}`, async () => (await stateOf(replica, target)).state === state)

const isTrial = (leave: Leave): boolean => leave.granted && leave.trial !== undefined

const newsOf = async ({ model }: Target) => {
  const rows = await database.query<{ type: string; tenant_id: string; aggregate_id: string; data: Buffer }>(
    `SELECT type, tenant_id, aggregate_id, data FROM outbox WHERE type LIKE 'circuit.%' ORDER BY position`,
  )
  return rows
    .map(({ data, ...row }) => ({
      ...row,
      ...fromBinary(row.type === 'circuit.opened' ? CircuitOpenedEventSchema : CircuitClosedEventSchema, data),
    }))
    .filter((news) => news.model === model)
}

describe('a circuit that replicas share', () => {
  it('opens for all by the failures of all, and says until when', async () => {
    const [one, other] = [await open(), await open()]
    const target = newTarget()
    await fail(one, target, 2)
    await fail(other, target, 2)
    expect(await one.circuits.admit(target)).toEqual({ granted: true, trial: undefined })
    await sleep(VIEW_MS)
    expect(await stateOf(one, target)).toEqual({ target, state: 'closed', failures: 4 })
    const before = Date.now()
    await fail(other, target, 1)
    const failed = Date.now()
    await untilState(one, target, 'open')
    const refused = await one.circuits.admit(target)
    expect(refused).toEqual({ granted: false, retryAt: expect.any(Date) })
    const wait = (refused as { retryAt: Date }).retryAt.getTime() - before
    expect(wait).toBeGreaterThanOrEqual(quick.openMs)
    expect(wait).toBeLessThanOrEqual(quick.openMs + failed - before)
    expect(await stateOf(other, target)).toMatchObject({ state: 'open', failures: 5, retryAt: expect.any(Date) })
    expect(await stateOf(one, newTarget())).toMatchObject({ state: 'closed', failures: 0 })
  })

  it('is announced once although ten replicas fail at once, and closes after three of their calls', async () => {
    const replicas = await Promise.all(Array.from({ length: 10 }, () => open()))
    const target = newTarget()
    await Promise.all(replicas.map((replica) => replica.circuits.admit(target)))
    await Promise.all([...replicas, ...replicas, ...replicas].map((replica) => fail(replica, target, 1)))
    const [first, ...more] = await newsOf(target)
    expect(more).toEqual([])
    expect(first).toMatchObject({ type: 'circuit.opened', tenant_id: SYSTEM_TENANT, ...target, failures: 5 })
    expect(first!.aggregate_id).toBe(`own%20endpoint/${encodeURIComponent(target.model)}`)

    await untilState(replicas[0]!, target, 'half-open')
    const leaves = await Promise.all(replicas.map(({ circuits }) => circuits.admit(target)))
    expect(leaves.filter(isTrial)).toHaveLength(3)
    expect(leaves.filter(({ granted }) => !granted)).toHaveLength(7)
    // a leave that was not granted has nothing to report
    await Promise.all(replicas.map(({ circuits }, at) => circuits.report(target, leaves[at]!, 'succeeded')))
    await Promise.all(replicas.map((replica) => untilState(replica, target, 'closed')))
    const news = await newsOf(target)
    expect(news.map(({ type }) => type)).toEqual(['circuit.opened', 'circuit.closed'])
    expect(news[1]).toMatchObject({ tenant_id: SYSTEM_TENANT, ...target })
  })

  it('is the tenant’s own where it calls with its own key: told to it, and forgotten when it comes no more', async () => {
    const one = await open()
    const shared = newTarget()
    const [mine, theirs] = [randomUUID(), randomUUID()].map((tenantId) => ({ ...shared, tenantId }))
    await fail(one, mine!, 5)
    const states = await one.circuits.states([mine!, theirs!, shared])
    expect(states.map(({ state }) => state)).toEqual(['open', 'closed', 'closed'])
    expect(await newsOf(shared)).toEqual([
      expect.objectContaining({ type: 'circuit.opened', tenant_id: mine!.tenantId, failures: 5 }),
    ])
    await fail(one, shared, 5)
    const key = `circuit:own%20endpoint:${encodeURIComponent(shared.model)}`
    expect(await one.redis.pttl(key)).toBe(-1)
    const left = await one.redis.pttl(`${key}:${mine!.tenantId}`)
    expect([left > 23 * 3_600_000, left <= 24 * 3_600_000]).toEqual([true, true])
  })

  it('opens again at a bad trial; one that was given up makes room, and one that is silent too', async () => {
    const [one, other] = [await open(), await open()]
    const target = newTarget()
    await fail(one, target, 5)
    await untilState(one, target, 'half-open')
    const trials = await Promise.all([one, other, one].map(({ circuits }) => circuits.admit(target)))
    expect(trials.every(isTrial)).toBe(true)
    expect(await other.circuits.admit(target)).toMatchObject({ granted: false })
    await one.circuits.report(target, trials[0]!, 'abandoned')
    expect(isTrial(await one.circuits.admit(target))).toBe(true)
    expect(await one.circuits.admit(target)).toMatchObject({ granted: false })
    await sleep(quick.trialMs)
    const late = await other.circuits.admit(target)
    expect(isTrial(late)).toBe(true)
    await other.circuits.report(target, late, 'failed')
    expect(await stateOf(other, target)).toMatchObject({ state: 'open' })
    const news = await newsOf(target)
    expect(news.map(({ type }) => type)).toEqual(['circuit.opened', 'circuit.opened'])
    const retryAt = timestampDate((news[1] as { retryAt?: never }).retryAt!)
    expect(retryAt).toEqual((await stateOf(other, target)).retryAt)
    await one.circuits.report(target, trials[1]!, 'failed') // nobody waits for it any more
    expect(await newsOf(target)).toHaveLength(2)
  })

  it('is announced by another when its announcer has no database, and once', async () => {
    const [dumb, one, other] = [await open(), await open({ takeOverMs: 100 }), await open({ takeOverMs: 100 })]
    const target = newTarget()
    await dumb.loseDatabase()
    await fail(dumb, target, 5)
    expect(await newsOf(target)).toEqual([])
    const looks = async () => {
      await Promise.all([one, other].map((replica) => stateOf(replica, target)))
      return (await newsOf(target)).length > 0
    }
    await eventually('it is told', looks)
    await sleep(200)
    await looks()
    expect(await newsOf(target)).toMatchObject([{ type: 'circuit.opened', failures: 5 }])
  })

  it('costs nothing as long as all goes well', async () => {
    const server = await startRedisServer()
    const replica = await open({ viewMs: 250 }, server.url)
    try {
      const { circuits } = replica
      const target = newTarget()
      const commands = async (): Promise<number> => {
        const stats = await replica.redis.info('commandstats')
        const of = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
        return of('get') + of('set') + of('evalsha') + of('eval')
      }
      await replica.budgets.stop() // it looks at Redis now and then
      const before = await commands()
      const began = performance.now()
      for (let call = 0; call < 5_000; call++) {
        const leave = await circuits.admit(target)
        await circuits.report(target, leave, 'succeeded')
      }
      const views = Math.ceil((performance.now() - began) / 250) + 1
      expect((await commands()) - before).toBeLessThanOrEqual(views)
      expect(await replica.redis.dbsize()).toBeLessThanOrEqual(1) // that of the budgets
    } finally {
      await replica.stop()
      await server.stop()
    }
  })
})

describe('without Redis', () => {
  it('a replica counts for itself, and hangs never', async () => {
    const server = await startRedisServer()
    const [one, other] = [await open({}, server.url), await open({}, server.url)]
    try {
      const target = newTarget()
      await fail(one, target, 1)
      server.pause()
      const began = performance.now()
      await sleep(VIEW_MS)
      expect(await one.circuits.admit(target)).toEqual({ granted: true, trial: undefined })
      await fail(one, target, 4)
      expect(await one.circuits.admit(target)).toMatchObject({ granted: false })
      expect(await other.circuits.admit(target)).toMatchObject({ granted: true })
      expect(performance.now() - began).toBeLessThan(3_000)
      expect(await newsOf(target)).toEqual([])
      await server.kill()
      expect(await other.circuits.admit(target)).toMatchObject({ granted: true })
      await server.start()
      await eventually('they share it again', async () => {
        await other.circuits.report(target, await other.circuits.admit(target), 'failed')
        await sleep(VIEW_MS)
        return (await stateOf(one, target)).state === 'open' && (await stateOf(other, target)).state === 'open'
      })
    } finally {
      server.goOn()
      await Promise.all([one.stop(), other.stop()])
      await server.stop()
    }
  })

  it('that has lost its content an open circuit stays open where it was seen', async () => {
    const replica = await open()
    const target = newTarget()
    await fail(replica, target, 5)
    await redis.wipe()
    await sleep(VIEW_MS)
    expect(await replica.circuits.admit(target)).toMatchObject({ granted: false })
    await untilState(replica, target, 'half-open')
    expect(isTrial(await replica.circuits.admit(target))).toBe(true)
    expect(await stateOf(await open(), target)).toMatchObject({ state: 'half-open' })
    expect(await newsOf(target)).toHaveLength(1)
  })
})
