import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { jetstream } from '@nats-io/jetstream'
import { MonitoringService } from '@iama/contracts/iama/monitoring/v1/service'
import { applyStreams, connectNats, EventConsumer, type NatsConnection, type StreamDeclaration } from '@iama/messaging'
import { client, type Client } from '@iama/rpc'
import { serveOps } from '@iama/telemetry'
import { testIdentity, type TestIdentity } from '@iama/testing/identity'
import { eventually, startNatsServer, type NatsServer } from '@iama/testing/servers'
import { createMonitoring, type RunningMonitoring } from '../src/monitoring.ts'
import type { Overview } from '../src/overview.ts'

const stream = (name: string, subjects: [string], consumers: string[]): StreamDeclaration => ({
  name,
  subjects,
  maxAgeDays: 1,
  dedupMinutes: 1,
  consumers: consumers.map((consumer) => ({ name: consumer, ackWaitSeconds: 30, maxAckPending: 16 })),
})
const declared = [
  stream('EVENTS_JOBS', ['events.*.jobs.>'], ['compliance', 'worker']),
  stream('EVENTS_DLQ', ['dlq.>'], []),
]

let folder: string
let server: NatsServer
let nats: NatsConnection
let identity: TestIdentity
let monitoring: RunningMonitoring
let ready: { readonly address: string; stop(): Promise<void> }
let unready: { readonly address: string; stop(): Promise<void> }
let silent: Server

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iama-monitoring-'))
  server = await startNatsServer({ storeDir: path.join(folder, 'nats') })
  nats = await connectNats({ url: server.url, name: 'test' })
  await applyStreams(nats, declared)
  identity = await testIdentity()
  ready = await serveOps({ port: 0, ready: {} })
  const away = { check: () => Promise.reject(new Error('<b>refused</b>')), fix: 'start it' }
  unready = await serveOps({ port: 0, ready: { postgres: away } })
  silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  monitoring = await createMonitoring(
    {
      listen: '127.0.0.1:0',
      pageListen: '127.0.0.1:0',
      opsListen: '127.0.0.1:0',
      natsUrl: server.url,
      authAddress: '127.0.0.1:9',
      jobsAddress: '127.0.0.1:9',
      serviceSecret: '',
      healthTargets: {
        jobs: [ready.address, `127.0.0.1:${(silent.address() as AddressInfo).port}`],
        auth: [unready.address],
        billing: ['127.0.0.1:9'],
      },
      operatorTenants: [operators],
      logLevel: 'error',
      otlpEndpoint: undefined,
      spanFile: undefined,
    },
    { identity },
  )
}, 60_000)

afterAll(async () => {
  await monitoring.stop()
  await Promise.all([ready.stop(), unready.stop()])
  silent.closeAllConnections()
  silent.close()
  await nats.close()
  await server.stop()
  await rm(folder, { recursive: true })
})

const operators = randomUUID()

const as = (role: 'owner' | 'developer', tenantId = operators): Client<typeof MonitoringService> =>
  client(MonitoringService, monitoring.address, {
    token: () => identity.tokenFor({ kind: 'user', tenantId, userId: randomUUID(), roles: [role] }, 'monitoring'),
  })

const publish = async (): Promise<void> => {
  const subject = `events.${randomUUID()}.jobs.job.created`
  await jetstream(nats).publish(subject, new Uint8Array([1]))
}

const consumer = async (name: string) => {
  const { consumers } = await as('owner').listConsumers({})
  return consumers.find((one) => one.name === name)!
}

describe('streams and consumers', () => {
  it('shows no lag where everything is read', async () => {
    expect(await consumer('worker')).toMatchObject({ pending: 0n, unacknowledged: 0n, lagSeconds: 0 })
  })

  it('shows the age of the oldest event that nobody has acknowledged, and none once it is', async () => {
    await publish()
    const published = Date.now()
    await publish()
    await eventually('the events wait', async () => (await consumer('worker')).lagSeconds > 0.3)
    const waiting = await consumer('worker')
    expect(waiting).toMatchObject({ stream: 'EVENTS_JOBS', pending: 2n, unacknowledged: 0n })
    expect(Math.abs(waiting.lagSeconds - (Date.now() - published) / 1_000)).toBeLessThan(2)

    const reader = await jetstream(nats).consumers.get('EVENTS_JOBS', 'worker')
    const first = await reader.next({ expires: 20_000 })
    expect(await consumer('worker')).toMatchObject({ pending: 1n, unacknowledged: 1n })
    await first!.ackAck()
    const second = await reader.next({ expires: 20_000 })
    await second!.ackAck()
    expect(await consumer('worker')).toMatchObject({ pending: 0n, unacknowledged: 0n, lagSeconds: 0 })
    expect((await consumer('compliance')).lagSeconds).toBeGreaterThan(0)
  })

  it('lists the streams with what they hold', async () => {
    const { streams } = await as('owner').listStreams({})
    expect(streams.map(({ name }) => name)).toEqual(['EVENTS_DLQ', 'EVENTS_JOBS'])
    expect(streams[1]).toMatchObject({ messages: 2n, consumers: 2 })
    expect(streams[1]!.lastAt).toBeDefined()
    expect(streams[0]!.lastAt).toBeUndefined()
  })

  it('shows what a consumer could not digest', async () => {
    // two events without the headers of an event: a real consumer gives up on them
    const broken = new EventConsumer({
      nats,
      stream: declared[0]!,
      consumer: 'compliance',
      act: () => Promise.resolve(),
      log: { info: () => undefined, warn: () => undefined },
    })
    broken.start()
    try {
      const dead = await eventually('the events are dead letters', async () => {
        const answer = await as('owner').listDeadLetters({ pageSize: 1 })
        return answer.total === 2n && answer
      })
      expect(dead.deadLetters).toMatchObject([{ sequence: 2n, consumer: 'compliance' }])
      expect(dead.deadLetters[0]!.reason).not.toBe('')
      expect((await as('owner').listDeadLetters({})).deadLetters).toHaveLength(2)
    } finally {
      await broken.stop()
    }
  })
})

describe('health', () => {
  it('is asked of every replica of every service', async () => {
    const { services } = await as('owner').getHealth({})
    expect(services.map(({ service, status }) => `${service} ${status}`).sort()).toEqual([
      'auth not-ready',
      'billing unreachable',
      'jobs ready',
      'jobs unreachable',
    ])
    expect(services[0]).toMatchObject({ detail: 'postgres: <b>refused</b>; start it' })
  })
})

describe('who may look', () => {
  it('is a person with the permission', async () => {
    const refused = { code: 'PERMISSION_DENIED' }
    await expect(as('developer').getHealth({})).rejects.toMatchObject(refused)
    await expect(as('developer').listDeadLetters({})).rejects.toMatchObject(refused)
    await expect(as('developer').listStreams({})).rejects.toMatchObject(refused)
    await expect(as('developer').listConsumers({})).rejects.toMatchObject(refused)
    const nobody = client(MonitoringService, monitoring.address)
    await expect(nobody.getHealth({})).rejects.toMatchObject({ code: 'TOKEN_MISSING' })
  })

  it('is nobody who only owns a tenant: the figures are of all of them', async () => {
    const refused = { code: 'NOT_AN_OPERATOR' }
    const owner = as('owner', randomUUID())
    await expect(owner.getHealth({})).rejects.toMatchObject(refused)
    await expect(owner.listDeadLetters({})).rejects.toMatchObject(refused)
    await expect(owner.listStreams({})).rejects.toMatchObject(refused)
    await expect(owner.listConsumers({})).rejects.toMatchObject(refused)
  })

  it('ends no jobs unless they operate, and say which', async () => {
    const all = { which: { case: 'all', value: true } } as const
    await expect(as('developer').killJobs(all)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    await expect(as('owner', randomUUID()).killJobs(all)).rejects.toMatchObject({ code: 'NOT_AN_OPERATOR' })
    const nothings = [
      {},
      { which: { case: 'all', value: false } },
      { which: { case: 'jobId', value: '' } },
      { which: { case: 'tenantId', value: 'everybody' } },
    ] as const
    for (const which of nothings) {
      await expect(as('owner').killJobs(which)).rejects.toMatchObject({ kind: 'invalid' })
    }
  })

  it('asks for a page that exists', async () => {
    await expect(as('owner').listDeadLetters({ pageSize: 101 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      violations: [{ field: 'page_size' }],
    })
  })
})

describe('the page', () => {
  const get = (route: string) => fetch(`http://${monitoring.pageAddress}${route}`)

  it('loads nothing from elsewhere and takes nothing for markup', async () => {
    const response = await get('/')
    const html = await response.text()
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(html).not.toMatch(/(src|href)=|https?:|innerHTML|insertAdjacentHTML|document\.write/)
    expect(html).toContain('/api/overview')
  })

  it('tells health, lag and dead letters from live data', async () => {
    const overview = await eventually('a fresh look', async () => {
      const seen = (await (await get('/api/overview')).json()) as Overview
      return seen.deadLetters.total === 2 && seen
    })
    expect(overview).toMatchObject({ problem: '' })
    expect(overview.services).toHaveLength(4)
    expect(overview.streams).toHaveLength(2)
    expect(overview.consumers.map(({ name }) => name)).toEqual(['compliance', 'worker'])
    expect(overview.deadLetters.letters).toHaveLength(2)
  })

  it('has no other routes', async () => {
    expect((await get('/etc/passwd')).status).toBe(404)
    expect((await fetch(`http://${monitoring.pageAddress}/`, { method: 'POST' })).status).toBe(405)
  })

  it('still tells the health of services while NATS is away, and comes back with it', async () => {
    await server.kill()
    const blind = await eventually('NATS is missed', async () => {
      const seen = (await (await get('/api/overview')).json()) as Overview
      return seen.problem !== '' && seen
    })
    expect(blind.problem).toMatch(/NATS does not answer/)
    expect(blind.services).toHaveLength(4)
    await expect(as('owner').listStreams({}, { idempotent: false })).rejects.toMatchObject({ code: 'NATS_UNAVAILABLE' })
    await server.start()
    await eventually(
      'NATS is seen again',
      async () => {
        const seen = (await (await get('/api/overview')).json()) as Overview
        return seen.problem === '' && seen.streams.length === 2
      },
      20_000,
    )
  }, 60_000)
})
