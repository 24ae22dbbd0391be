import { describe, expect, it } from '@jest/globals'
import { client } from '@iama/rpc'
import { Health, HealthCheckResponse_ServingStatus as Serving } from '@iama/contracts/health/v1/health'
import { startEcho } from './server.ts'

describe('health', () => {
  it('answers for each service, follows readiness, and says so to watchers until the end', async () => {
    let ready = true
    const authenticate = (): never => {
      throw new Error('health must not ask who calls')
    }
    const echo = await startEcho({ health: { ready: async () => ready }, authenticate })
    const health = client(Health, echo.server.address)
    expect(await health.check({})).toMatchObject({ status: Serving.SERVING })
    expect(await health.check({ service: 'iama.test.v1.EchoService' })).toMatchObject({ status: Serving.SERVING })
    await expect(health.check({ service: 'no.Such' })).rejects.toMatchObject({ kind: 'not-found' })

    const watch = health.watch({ service: 'iama.test.v1.EchoService' })
    expect((await watch.next()).value).toMatchObject({ status: Serving.SERVING })
    ready = false
    expect(await health.check({})).toMatchObject({ status: Serving.NOT_SERVING })
    expect((await watch.next()).value).toMatchObject({ status: Serving.NOT_SERVING })
    ready = true
    expect((await watch.next()).value).toMatchObject({ status: Serving.SERVING })
    const listed = await health.list({})
    expect(Object.keys(listed.statuses).sort()).toEqual(['', 'iama.test.v1.EchoService'])

    const stopped = echo.server.stop()
    expect((await watch.next()).value).toMatchObject({ status: Serving.NOT_SERVING })
    expect((await watch.next()).done).toBe(true)
    await stopped
    health[Symbol.dispose]()
    await echo.stop()
  })

  it('counts a readiness that fails to answer as not serving', async () => {
    const echo = await startEcho({ health: { ready: () => Promise.reject(new Error('broken')) } })
    const health = client(Health, echo.server.address)
    expect(await health.check({})).toMatchObject({ status: Serving.NOT_SERVING })
    health[Symbol.dispose]()
    await echo.stop()
  })
})
