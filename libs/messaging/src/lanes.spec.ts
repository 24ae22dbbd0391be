import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Lanes } from './lanes.ts'

interface Item {
  readonly lane: string
  readonly number: number
}

const turns = async (n: number): Promise<void> => {
  for (let turn = 0; turn < n; turn++) await Promise.resolve()
}

describe('lanes', () => {
  it('keep the order of each lane, never work twice at once in one, and never on more than their width', async () => {
    const items = fc.array(fc.record({ lane: fc.constantFrom('a', 'b', 'c', 'd'), pause: fc.nat(5), fails: fc.nat(2) }))
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 5 }), async (plan, width) => {
        const begun = new Set<string>()
        const done: Item[] = []
        const failures = plan.map(({ fails }) => fails)
        const lanes = new Lanes<Item>({
          width,
          laneOf: ({ lane }) => lane,
          work: async (item) => {
            expect(begun).not.toContain(item.lane)
            begun.add(item.lane)
            expect(begun.size).toBeLessThanOrEqual(width)
            await turns(plan[item.number]!.pause)
            begun.delete(item.lane)
            if (failures[item.number]!-- > 0) return 0
            done.push(item)
            return undefined
          },
        })
        plan.forEach(({ lane }, number) => lanes.add({ lane, number }))
        while (lanes.size > 0) await new Promise((resolve) => setImmediate(resolve))
        for (const lane of ['a', 'b', 'c', 'd']) {
          const wanted = plan.flatMap((item, number) => (item.lane === lane ? [number] : []))
          expect(done.filter((item) => item.lane === lane).map(({ number }) => number)).toEqual(wanted)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('work on nothing beside an item that is to be alone, and go on after it', async () => {
    const begun = new Set<number>()
    const done: number[] = []
    const lanes = new Lanes<Item>({
      width: 3,
      laneOf: ({ lane }) => lane,
      alone: ({ number }) => number % 4 === 2,
      work: async ({ number }) => {
        begun.add(number)
        if ([...begun].some((at) => at % 4 === 2)) expect([...begun]).toEqual([number])
        await turns(3)
        begun.delete(number)
        done.push(number)
        return undefined
      },
    })
    for (let number = 0; number < 12; number++) lanes.add({ lane: `${number}`, number })
    while (lanes.size > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(done).toEqual(Array.from({ length: 12 }, (_, number) => number))
  })

  it('give back what was not finished when they are closed, and begin nothing more', async () => {
    let release = (): void => undefined
    const begun: number[] = []
    const lanes = new Lanes<Item>({
      width: 1,
      laneOf: ({ lane }) => lane,
      work: async ({ number }) => {
        begun.push(number)
        await new Promise<void>((resolve) => (release = resolve))
        return undefined
      },
    })
    const items = ['a', 'b', 'a'].map((lane, number) => ({ lane, number }))
    for (const item of items) lanes.add(item)
    const left = lanes.close()
    release()
    expect((await left).map(({ number }) => number).sort()).toEqual([1, 2])
    lanes.add({ lane: 'z', number: 9 })
    await turns(10)
    expect(begun).toEqual([0])
  })
})
