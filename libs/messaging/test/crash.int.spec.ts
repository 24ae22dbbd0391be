import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { eventually, type ForkedScript, type TestDatabase } from '@iama/testing/servers'
import { EventConsumer, OutboxRelay, type ConsumerStep, type RelayStep } from '../src/index.ts'
import {
  CONSUMER,
  eventsOver,
  openWorld,
  ordersOf,
  quickConsumer,
  quickRelay,
  recordOnce,
  type World,
} from './world.ts'

const AGGREGATES = ['a', 'b', 'c', 'd', 'e']

jest.setTimeout(30_000)

let database: TestDatabase
let world: World
const running: { stop(): Promise<void> }[] = []

beforeAll(async () => {
  database = await openDatabase()
})

beforeEach(async () => {
  world = await openWorld({ database })
})

afterAll(async () => await database?.drop())

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()))
  await world.close()
})

const started = <Running extends { start(): void; stop(): Promise<void> }>(one: Running): Running => {
  running.push(one)
  one.start()
  return one
}

const relay = (): OutboxRelay =>
  started(new OutboxRelay({ ...quickRelay, ...world, databaseUrl: world.database.urls.relay }))

const consumer = (): EventConsumer =>
  started(new EventConsumer({ ...quickConsumer, ...world, consumer: CONSUMER, act: recordOnce(world.dataSource) }))

/** That it got to the step, and did not end for another reason. */
const expectKilled = async (child: ForkedScript): Promise<void> => {
  await child.ended
  expect({ ...child.ending(), output: child.output() }).toEqual({ code: null, signal: 'SIGKILL', output: '' })
}

/** Every event acted on once, each aggregate in order. */
const expectEachOnce = (effects: Awaited<ReturnType<World['effects']>>, events: number): void => {
  expect(effects).toHaveLength(events)
  const perAggregate = Array.from({ length: events / AGGREGATES.length }, (_, index) => index + 1)
  expect(Object.fromEntries(ordersOf(effects))).toEqual(Object.fromEntries(AGGREGATES.map((a) => [a, perAggregate])))
}

describe('a relay that is killed', () => {
  it.each<[RelayStep, number]>([
    ['leased', 0],
    ['read', 0],
    ['read', 1],
    ['published', 0],
    ['published', 1],
    ['marked', 0],
    ['marked', 1],
  ])('at "%s" (after %i) loses nothing and does nothing twice', async (killAt, after) => {
    const messages = await world.commit(eventsOver(AGGREGATES, 40))
    const killed = world.fork('relay-process.ts', { killAt, after })
    consumer()
    await expectKilled(killed)
    relay()
    const effects = await world.untilActedOn(messages)
    await eventually('everything is marked', async () => (await world.unpublished()) === 0)
    expectEachOnce(effects, 40)
  })
})

describe('a consumer that is killed', () => {
  it.each<[ConsumerStep, number]>([
    ['fetched', 0],
    ['fetched', 3],
    ['acted', 0],
    ['acted', 3],
    ['acknowledged', 0],
    ['acknowledged', 3],
  ])('at "%s" (after %i) loses nothing and does nothing twice', async (killAt, after) => {
    const killed = world.fork('consumer-process.ts', { killAt, after })
    relay()
    const messages = await world.commit(eventsOver(AGGREGATES, 20))
    await expectKilled(killed)
    consumer()
    const effects = await world.untilActedOn(messages)
    expect(new Set(effects.map(({ event_id }) => event_id)).size).toBe(20)
    expect(effects).toHaveLength(20)
  })
})
