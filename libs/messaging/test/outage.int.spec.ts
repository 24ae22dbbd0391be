import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { eventually, startNatsServer, startPostgresServer } from '@iama/testing/servers'
import type { NatsServer, PostgresServer } from '@iama/testing/servers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { jetstreamManager } from '@nats-io/jetstream'
import { deadLetterStream, listDeadLetters, type RelayStep } from '../src/index.ts'
import { suite } from './suite.ts'
import { eventsOver, ordersOf } from './world.ts'

let nats: NatsServer
let postgres: PostgresServer
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'iama-outage-'))
  ;[nats, postgres] = await Promise.all([
    startNatsServer({ storeDir: path.join(folder, 'nats') }),
    startPostgresServer(),
  ])
}, 30_000)

const given = suite(() => ({ natsUrl: nats.url, postgresUrl: postgres.url }))

// After the suite's own: its database is dropped first.
afterAll(async () => {
  await Promise.all([nats?.stop(), postgres?.stop()])
  rmSync(folder, { recursive: true, force: true })
})

const AGGREGATES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

const everythingMarked = async (): Promise<unknown> =>
  await eventually('everything is marked', async () => (await given.world.unpublished()) === 0, 20_000)

const expectOnceAndInOrder = (effects: { event_id: string; aggregate_id: string; sequence: number }[]): void => {
  expect(new Set(effects.map(({ event_id }) => event_id)).size).toBe(effects.length)
  for (const order of ordersOf(effects).values()) expect(order).toEqual([...order].sort((x, y) => x - y))
}

describe('NATS', () => {
  it('is killed in the middle of publishing and comes back: nothing is lost, nothing done twice', async () => {
    const { database } = given.world
    const messages = await given.world.commit(eventsOver(AGGREGATES, 400))
    const killed = Promise.withResolvers<void>()
    // it goes on only when the server is gone: the rest was not published before
    const onStep = async (step: RelayStep): Promise<void> => (step === 'marked' ? await killed.promise : undefined)
    given.relay({ window: 16, batch: 64, onStep })
    given.consumer()
    await eventually('it is publishing', async () => (await given.world.unpublished()) < 400)
    await nats.kill()
    killed.resolve()
    const [waiting] = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM outbox WHERE published_at IS NULL`,
    )
    expect(waiting!.n).toBeGreaterThan(0)
    const during = await given.world.commit(eventsOver(['z'], 5))
    await nats.start()
    await given.world.untilActedOn([...messages, ...during])
    await everythingMarked()
    const effects = await given.world.untilNothingWaits()
    expect(effects).toHaveLength(405)
    expectOnceAndInOrder(effects)
  })

  it('loses its whole store: the stream is made again and refilled, nothing is missed, nothing done twice', async () => {
    given.relay()
    const consumer = given.consumer()
    const before = await given.world.commit(eventsOver(AGGREGATES, 40))
    await given.world.untilActedOn(before)
    // These are published and nobody has acted on them when the store goes.
    await consumer.stop()
    const unread = await given.world.commit(eventsOver(['y'], 10))
    await everythingMarked()
    await nats.wipe()
    const after = await given.world.commit(eventsOver(['z'], 10))
    given.consumer()
    await given.world.untilActedOn([...before, ...unread, ...after])
    await everythingMarked()
    const manager = await jetstreamManager(given.world.nats)
    const { state } = await manager.streams.info(given.world.stream.name)
    expect(state.messages).toBe(60)
    const effects = await given.world.untilNothingWaits()
    expect(effects).toHaveLength(60)
    expectOnceAndInOrder(effects)
    expect(given.world.warnings.join('\n')).toContain('is another store than before: ')
  })

  it('loses its store under a running consumer', async () => {
    given.relay()
    given.consumer()
    const before = await given.world.commit(eventsOver(AGGREGATES, 40))
    await given.world.untilActedOn(before)
    await nats.wipe()
    const after = await given.world.commit(eventsOver(['z'], 10))
    await given.world.untilActedOn([...before, ...after])
    await everythingMarked()
    const effects = await given.world.untilNothingWaits()
    expect(effects).toHaveLength(50)
    expectOnceAndInOrder(effects)
  })

  it('has its stream deleted by somebody: it is made again and refilled', async () => {
    given.relay()
    given.consumer()
    const before = await given.world.commit(eventsOver(AGGREGATES, 16))
    await given.world.untilActedOn(before)
    const manager = await jetstreamManager(given.world.nats)
    await manager.streams.delete(given.world.stream.name)
    const after = await given.world.commit(eventsOver(['z'], 4))
    await given.world.untilActedOn(after)
    await eventually(
      'it is refilled',
      async () => (await manager.streams.info(given.world.stream.name)).state.messages === 20,
    )
    expect(await given.world.untilNothingWaits()).toHaveLength(20)
  })

  it('is put back to an earlier state: what is missing is sent again', async () => {
    const relay = given.relay()
    given.consumer()
    const messages = await given.world.commit(eventsOver(AGGREGATES, 16))
    await given.world.untilActedOn(messages)
    await everythingMarked()
    await relay.stop()
    // A stream of the same birthday that has not come as far as it was acknowledged to us.
    await given.world.database.query(`UPDATE outbox_stream SET last_sequence = 1000`)
    given.relay()
    await eventually('all are sent again', () => given.world.warnings.join().includes('16 messages are sent again'))
    await everythingMarked()
    expect(await given.world.effects()).toHaveLength(16)
  })

  it('has lost the stream of dead letters: the next dead letter makes it again', async () => {
    given.relay()
    given.consumer({ act: async () => await Promise.reject(new Error('no')) })
    const [message] = await given.world.commit(eventsOver(['a'], 1))
    const letter = await eventually('there is a dead letter', async () =>
      (await listDeadLetters(given.world.nats, 10)).find(({ eventId }) => eventId === message!.id),
    )
    expect(letter.reason).toBe('no')
    const manager = await jetstreamManager(given.world.nats)
    expect((await manager.streams.info(deadLetterStream.name)).config.subjects).toEqual(['dlq.>'])
  })
})

describe('PostgreSQL', () => {
  it('is killed and comes back: relay and consumer wait and go on', async () => {
    given.relay()
    given.consumer()
    const before = await given.world.commit(eventsOver(AGGREGATES, 80))
    await eventually('they are at work', async () => (await given.world.effects()).length > 0)
    await postgres.kill()
    await postgres.start()
    const after = await eventually('commits are taken again', () => given.world.commit(eventsOver(['z'], 1)))
    await given.world.untilActedOn([...before, ...after])
    await everythingMarked()
    const effects = await given.world.untilNothingWaits()
    expect(effects).toHaveLength(81)
    expectOnceAndInOrder(effects)
    expect(
      await listDeadLetters(given.world.nats, 10).then((all) =>
        all.filter(({ stream }) => stream === given.world.stream.name),
      ),
    ).toEqual([])
  })
})
