import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals'
import type { TestDatabase } from '@iama/testing/servers'
import { EventConsumer, OutboxRelay } from '../src/index.ts'
import type { EventConsumerOptions, RelayOptions } from '../src/index.ts'
import { CONSUMER, openDatabase, openWorld, quickConsumer, quickRelay, recordOnce, type World } from './world.ts'

export interface Suite {
  readonly world: World
  /** A running relay of the world's outbox. */
  relay(more?: Partial<RelayOptions>): OutboxRelay
  /** A running consumer that acts by one row in `effects`. */
  consumer(more?: Partial<EventConsumerOptions>): EventConsumer
}

/** Declares a new world for each test on one database; what a test starts is stopped after it. */
export const suite = (servers: () => { natsUrl?: string; postgresUrl?: string } = () => ({})): Suite => {
  jest.setTimeout(30_000)
  let database: TestDatabase
  let world: World
  let running: { stop(): Promise<void> }[] = []

  beforeAll(async () => {
    database = await openDatabase(servers().postgresUrl)
  })
  beforeEach(async () => {
    world = await openWorld({ ...servers(), database })
  })
  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()))
    running = []
    await world.close()
  })
  afterAll(async () => await database?.drop())

  const started = <Running extends { start(): void; stop(): Promise<void> }>(one: Running): Running => {
    running.push(one)
    one.start()
    return one
  }
  return {
    get world() {
      return world
    },
    relay: (more = {}) => {
      const { service, nats, stream, log } = world
      const databaseUrl = database.urls.relay
      return started(new OutboxRelay({ ...quickRelay, service, nats, stream, log, databaseUrl, ...more }))
    },
    consumer: (more = {}) => {
      const { nats, stream, log } = world
      const act = recordOnce(world.dataSource)
      return started(new EventConsumer({ ...quickConsumer, nats, stream, log, consumer: CONSUMER, act, ...more }))
    },
  }
}
