import type { JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { describe, expect, it } from '@jest/globals'
import { Trial } from '../src/trials.ts'
import { suite } from './suite.ts'

const given = suite()

/** A connection on which nothing can be taken back. */
const withoutPurge = (nats: NatsConnection): NatsConnection =>
  new Proxy(nats, {
    get: (target, key) => {
      if (key !== 'request') return Reflect.get(target, key, target) as unknown
      return (subject: string, ...rest: []) =>
        subject.includes('.STREAM.PURGE.') ? Promise.reject(new Error('no answer')) : target.request(subject, ...rest)
    },
  })

let sequence = 0

/** Trials of one event by two processes, of which the first cannot take its note back. */
const trials = () => {
  const { nats, service } = given.world
  const info = { stream: service, streamSequence: ++sequence, timestampNanos: 1 } as JsMsg['info']
  const warnings: string[] = []
  const warn = (text: string): void => void warnings.push(text)
  return {
    warnings,
    cut: () => new Trial(withoutPurge(nats), { info }, 'c', warn),
    whole: () => new Trial(nats, { info }, 'c', warn),
  }
}

describe('the trial of an event', () => {
  it('notes that it is under way, and takes that back whatever comes of it', async () => {
    const { whole, warnings } = trials()
    const seen: boolean[] = []
    await whole().hold(async () => void seen.push(await whole().wasFatal()))
    const failing = whole().hold(() => Promise.reject(new Error('the act')))
    await expect(failing).rejects.toThrow('the act')
    expect([...seen, await whole().wasFatal()]).toEqual([true, false])
    expect(warnings).toEqual([])
  })

  it('comes to what the act comes to, also where the note cannot be taken back', async () => {
    const { cut, whole, warnings } = trials()
    await cut().hold(() => Promise.resolve())
    const failing = cut().hold(() => Promise.reject(new Error('the act')))
    await expect(failing).rejects.toThrow('the act')
    expect(warnings).toEqual([expect.stringContaining('no answer'), expect.stringContaining('no answer')])
    // this process lives: what it left says nothing
    expect(await cut().wasFatal()).toBe(false)
    await whole().hold(() => Promise.resolve())
    expect(await whole().wasFatal()).toBe(false)
  })
})
