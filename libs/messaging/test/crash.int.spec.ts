import { describe, expect, it } from '@jest/globals'
import { eventually, type ForkedScript } from '@iama/testing/servers'
import type { ConsumerStep, RelayStep } from '../src/index.ts'
import { suite } from './suite.ts'
import { eventsOver, ordersOf } from './world.ts'

const AGGREGATES = ['a', 'b', 'c', 'd', 'e']

const given = suite()

/** That it got to the step, and did not end for another reason. */
const expectKilled = async (child: ForkedScript): Promise<void> => {
  await child.ended
  expect({ ...child.ending(), output: child.output() }).toEqual({ code: null, signal: 'SIGKILL', output: '' })
}

describe('a relay that is killed', () => {
  it.each<[RelayStep, number, string, number]>([
    ['leased', 0, 'one by one', 16],
    ['read', 0, 'one by one', 16],
    ['published', 0, 'one by one', 16],
    ['published', 1, 'one by one', 16],
    ['marked', 0, 'one by one', 16],
    ['published', 0, 'as one', 48],
    ['marked', 0, 'as one', 48],
  ])('at "%s" (after %i, %s) loses nothing and does nothing twice', async (killAt, after, _, batch) => {
    const messages = await given.world.commit(eventsOver(AGGREGATES, 80))
    const killed = given.world.fork('relay-process.ts', { killAt, after, batch })
    given.consumer()
    await expectKilled(killed)
    given.relay()
    await given.world.untilActedOn(messages)
    await eventually('everything is marked', async () => (await given.world.unpublished()) === 0)
    const effects = await given.world.untilNothingWaits()
    expect(effects).toHaveLength(80)
    const inOrder = Array.from({ length: 16 }, (__, index) => index + 1)
    expect(Object.fromEntries(ordersOf(effects))).toEqual(Object.fromEntries(AGGREGATES.map((a) => [a, inOrder])))
  })
})

describe('a consumer that is killed', () => {
  it.each<[ConsumerStep, number]>([
    ['fetched', 0],
    ['acted', 0],
    ['acted', 3],
    ['acknowledged', 0],
  ])('at "%s" (after %i) loses nothing and does nothing twice', async (killAt, after) => {
    given.relay()
    const messages = await given.world.commit(eventsOver(AGGREGATES, 20))
    // a consumer that has to wait for its stream says so, and is not taken for one that was killed
    await eventually('all are published', async () => (await given.world.unpublished()) === 0)
    await expectKilled(given.world.fork('consumer-process.ts', { killAt, after }))
    given.consumer()
    await given.world.untilActedOn(messages)
    expect(await given.world.untilNothingWaits()).toHaveLength(20)
  })
})
