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

  it('answers within a second while the process is busy and a dependency hangs', async () => {
    const hanging = await serveOps({ port: 0, ready: { db: () => new Promise(() => {}) } })
    const busy = setInterval(() => {
      const end = performance.now() + 15
      while (performance.now() < end);
    }, 20)
    const started = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => fetch(`http://${hanging.address}/readyz`).then((answer) => answer.status)),
    )
    const elapsed = performance.now() - started
    clearInterval(busy)
    await hanging.stop()
    expect(new Set(answers)).toEqual(new Set([503]))
    // 800 ms of waiting for the check, and room for a loaded machine
    expect(elapsed).toBeLessThan(2_000)
  })
})
