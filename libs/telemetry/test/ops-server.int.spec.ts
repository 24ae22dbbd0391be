import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { serveOps, type OpsServer } from '@iama/telemetry'
import { setTimeout as sleep } from 'node:timers/promises'

describe('the operator’s port', () => {
  let ops: OpsServer
  let alive = true
  beforeAll(async () => {
    ops = await serveOps({
      port: 0,
      ready: {
        postgres: { check: () => Promise.reject(new Error('refused')), fix: 'start PostgreSQL' },
        nats: async () => {},
      },
      live: () => (alive ? Promise.resolve() : Promise.reject(new Error('the loop is stuck'))),
    })
  })
  afterAll(() => ops.stop())
  const get = (route: string, init?: RequestInit) => fetch(`http://${ops.address}${route}`, init)

  it('listens on loopback', () => expect(ops.address).toMatch(/^127\.0\.0\.1:\d+$/))

  it('says which dependency fails', async () => {
    const answer = await get('/readyz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({
      status: 'not ready',
      failing: ['postgres'],
      checks: { postgres: { ok: false, fix: 'start PostgreSQL' }, nats: { ok: true } },
    })
  })

  it('says whether the process lives', async () => {
    expect((await get('/healthz')).status).toBe(200)
    alive = false
    await sleep(250)
    const answer = await get('/healthz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ status: 'dead', checks: { process: { error: 'the loop is stuck' } } })
  })

  it('answers nothing else', async () => {
    expect((await get('/metrics')).status).toBe(404)
    expect((await get('/')).status).toBe(404)
    expect((await get('/readyz', { method: 'POST' })).status).toBe(405)
  })

  it('answers within a second more while a dependency hangs, however busy the process is', async () => {
    const asked = { healthy: () => Promise.resolve(), hanging: () => new Promise<never>(() => {}) }
    const elapsedMs = async (db: () => Promise<void>): Promise<{ statuses: number[]; ms: number }> => {
      const server = await serveOps({ port: 0, ready: { db } })
      const started = performance.now()
      const answers = Array.from({ length: 50 }, () => fetch(`http://${server.address}/readyz`))
      const statuses = (await Promise.all(answers)).map(({ status }) => status)
      const ms = performance.now() - started
      await server.stop()
      return { statuses, ms }
    }
    const busy = setInterval(() => {
      const end = performance.now() + 15
      while (performance.now() < end);
    }, 20)
    const healthy = await elapsedMs(asked.healthy)
    const hanging = await elapsedMs(asked.hanging)
    clearInterval(busy)
    expect(new Set(healthy.statuses)).toEqual(new Set([200]))
    expect(new Set(hanging.statuses)).toEqual(new Set([503]))
    // 800 ms of waiting for the check; as the machine is, so it is for both
    expect(hanging.ms).toBeLessThan(2 * healthy.ms + 1_000)
  })
})
