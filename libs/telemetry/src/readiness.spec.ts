import { describe, expect, it } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { readiness } from './readiness.ts'

const fine = () => Promise.resolve()
const never = () => new Promise<void>(() => {})

describe('readiness', () => {
  it('names what fails and how to mend it', async () => {
    const report = await readiness({
      nats: fine,
      postgres: { check: () => Promise.reject(new Error('connect postgres://a:b@h')), fix: 'start PostgreSQL' },
      redis: () => {
        throw new Error('at once')
      },
    }).report()
    expect(report).toMatchObject({
      ready: false,
      checks: {
        nats: { ok: true },
        postgres: { ok: false, error: 'connect postgres://a:[redacted]@h', fix: 'start PostgreSQL' },
        redis: { ok: false, error: 'at once', fix: 'make sure that redis runs and can be reached' },
      },
    })
  })

  it('is there without dependencies', async () => {
    expect(await readiness({}).ready()).toBe(true)
  })

  it('waits for no check longer than its time, and for all at once', async () => {
    const asked = readiness({ one: never, two: never, three: fine }, { timeoutMs: 60 }).report()
    // timers fire in the order of their times, however late: one check after the other would take 120 ms
    const report = await Promise.race([asked, sleep(100)])
    expect(report?.checks).toMatchObject({ one: { ok: false, error: 'no answer within 60 ms' }, three: { ok: true } })
  })

  it.each([
    ['once for many who ask', 60_000, 1],
    ['again when the answer has aged', 40, 2],
  ])('is looked up %s', async (_, cacheMs, expected) => {
    let looks = 0
    const source = readiness(
      {
        db: async () => {
          looks += 1
          await sleep(10)
          if (looks > 1) throw new Error('away')
        },
      },
      { cacheMs },
    )
    await Promise.all(Array.from({ length: 50 }, () => source.ready()))
    expect(looks).toBe(1)
    await sleep(60)
    expect(await source.ready()).toBe(expected === 1)
    expect(looks).toBe(expected)
  })

  it('starts no second check of a dependency that hangs', async () => {
    let looks = 0
    let release = (): void => {}
    const source = readiness(
      {
        db: () => {
          looks += 1
          return new Promise<void>((resolve) => (release = resolve))
        },
      },
      { timeoutMs: 20, cacheMs: 0 },
    )
    for (let index = 0; index < 5; index += 1) expect(await source.ready()).toBe(false)
    expect(looks).toBe(1)
    const pending = source.ready()
    release()
    expect(await pending).toBe(true)
  })
})
