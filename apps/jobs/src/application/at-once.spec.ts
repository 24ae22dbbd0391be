import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { atOnce } from './at-once.ts'

describe('work at once', () => {
  it('is done for every item, never more than so many at a time, and answers in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 8 }), async (items, most) => {
        let running = 0
        const answers = await atOnce(most, items, async (turns, index) => {
          running += 1
          expect(running).toBeLessThanOrEqual(most)
          for (let n = 0; n < turns; n += 1) await turn()
          running -= 1
          return `${index}:${turns}`
        })
        expect(answers).toEqual(items.map((turns, index) => `${index}:${turns}`))
        expect(running).toBe(0)
      }),
      { numRuns: 30 },
    )
  })

  it('begins nothing after a failure, and tells it when what was under way has ended', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const failing = atOnce(2, [0, 1, 2, 3], async (item) => {
      begun.push(item)
      if (item === 1) throw new Error('the second')
      await turn()
      ended.push(item)
    })
    await expect(failing).rejects.toThrow('the second')
    expect({ begun, ended }).toEqual({ begun: [0, 1], ended: [0] })
  })
})
