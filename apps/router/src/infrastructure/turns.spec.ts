import { setImmediate as tick } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { EngineBusy, Turns } from './turns.ts'

const wanted = new AbortController().signal

/** Work that ends when it is told to. */
const held = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, end: resolve }
}

describe('turns', () => {
  it('never run more at once than allowed, and everybody comes to his turn, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 12 }), async (atOnce, count) => {
        const turns = new Turns(atOnce, 100)
        const order: number[] = []
        let [running, most] = [0, 0]
        await Promise.all(
          Array.from({ length: count }, (_, index) =>
            turns.run(async () => {
              order.push(index)
              most = Math.max(most, ++running)
              await tick()
              running--
            }, wanted),
          ),
        )
        expect(most).toBe(Math.min(atOnce, count))
        expect(order).toEqual(Array.from({ length: count }, (_, index) => index))
      }),
      { numRuns: 30 },
    )
  })

  it('let him leave the queue who gives up, and nobody else waits for him', async () => {
    const turns = new Turns(1, 10)
    const first = held()
    const running = turns.run(() => first.promise, wanted)
    const giving = new AbortController()
    const gone = turns.run(() => Promise.resolve('never'), giving.signal)
    const third = turns.run(() => Promise.resolve('third'), wanted)
    giving.abort(new Error('no longer'))
    await expect(gone).rejects.toThrow('no longer')
    first.end()
    await running
    await expect(third).resolves.toBe('third')
    await expect(turns.run(() => Promise.resolve('free again'), wanted)).resolves.toBe('free again')
  })

  it('refuse whoever comes when too many wait', async () => {
    const turns = new Turns(1, 1)
    const first = held()
    const running = turns.run(() => first.promise, wanted)
    const waiting = turns.run(() => Promise.resolve(), wanted)
    await expect(turns.run(() => Promise.resolve(), wanted)).rejects.toBeInstanceOf(EngineBusy)
    first.end()
    await Promise.all([running, waiting])
  })

  it('go on after a failure', async () => {
    const turns = new Turns(1, 1)
    await expect(turns.run(() => Promise.reject(new Error('broken')), wanted)).rejects.toThrow('broken')
    await expect(turns.run(() => Promise.resolve(1), wanted)).resolves.toBe(1)
  })
})
