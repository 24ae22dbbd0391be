import { randomBytes, randomUUID } from 'node:crypto'
import path from 'node:path'
import { systemIds } from '@iama/kernel'
import { createDataSource, PostgresUnitOfWork, rolesOf, tenantTable } from '@iama/persistence'
import { createTestDatabase, eventually, forkScript, testServers } from '@iama/testing/servers'
import type { ForkedScript, TestDatabase } from '@iama/testing/servers'
import { jetstreamManager } from '@nats-io/jetstream'
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm'
import { connectNats, inboxSchema, onceOnly, outboxSchema, PostgresInbox, PostgresOutbox } from '../src/index.ts'
import type { DomainMessage, NatsConnection, StreamDeclaration } from '../src/index.ts'

/** The name of the roles and of the database; the names on the wire are another for each world. */
const SERVICE = 'notices'
const roles = rolesOf(SERVICE)

export class Notices1763700000000 implements MigrationInterface {
  readonly name = 'Notices1763700000000'

  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      ...outboxSchema(roles),
      ...inboxSchema(roles),
      // Without any unique key: what is done twice shows as two rows.
      `CREATE TABLE effects (tenant_id uuid NOT NULL, event_id uuid NOT NULL, aggregate_id text NOT NULL,
         sequence bigint NOT NULL, at bigint GENERATED ALWAYS AS IDENTITY)`,
      ...tenantTable('effects', roles, ['select', 'insert']),
    ]
    for (const statement of statements) await runner.query(statement)
  }

  async down(): Promise<void> {
    throw new Error('not taken back')
  }
}

export const TENANT = '018f2d5c-1111-7000-8000-000000000001'
export const CONSUMER = 'reader'

export interface Event {
  readonly aggregate?: string
  readonly sequence?: number
  readonly data?: Uint8Array
}

export interface Stores {
  readonly outbox: PostgresOutbox
  readonly inbox: PostgresInbox
  effect(message: DomainMessage): Promise<void>
}

export const unitOfWork = (dataSource: DataSource): PostgresUnitOfWork<Stores> =>
  new PostgresUnitOfWork(dataSource, (manager) => ({
    outbox: new PostgresOutbox(manager),
    inbox: new PostgresInbox(manager),
    effect: async (message) => {
      await manager.query('INSERT INTO effects (tenant_id, event_id, aggregate_id, sequence) VALUES ($1, $2, $3, $4)', [
        message.tenantId,
        message.id,
        message.aggregateId,
        message.sequence,
      ])
    },
  }))

/** Acts on an event by a row in `effects`, once. */
export const recordOnce = (dataSource: DataSource): ((message: DomainMessage) => Promise<void>) =>
  onceOnly(unitOfWork(dataSource), CONSUMER, (message, stores) => stores.effect(message))

export const declaredStream = (service: string): StreamDeclaration => ({
  name: `EVENTS_${service.toUpperCase()}`,
  subjects: [`events.*.${service}.>`],
  maxAgeDays: 7,
  dedupMinutes: 10,
  consumers: [{ name: CONSUMER, ackWaitSeconds: 1, maxAckPending: 256 }],
})

/** What a child process needs to take part. */
export interface WorldAddress {
  readonly service: string
  readonly appUrl: string
  readonly relayUrl: string
  readonly natsUrl: string
}

/** For the worlds of one suite, one after the other. */
export const openDatabase = async (postgresUrl = testServers().postgresUrl): Promise<TestDatabase> =>
  await createTestDatabase(SERVICE, [Notices1763700000000], postgresUrl)

/** A database with an outbox and an inbox, and a stream of its own on a real server. */
export interface World {
  readonly service: string
  readonly address: WorldAddress
  readonly database: TestDatabase
  readonly dataSource: DataSource
  readonly nats: NatsConnection
  readonly stream: StreamDeclaration
  /** Warnings of relays and consumers that were given this log. */
  readonly log: { info(message: string): void; warn(message: string): void }
  readonly warnings: string[]
  /** Commits events, each in a transaction of its own, in this order. Returns them. */
  commit(events: readonly Event[]): Promise<DomainMessage[]>
  /** The effects, in the order in which they were committed. */
  effects(): Promise<{ event_id: string; aggregate_id: string; sequence: number }[]>
  /** Waits until every one of these has an effect; the effects in order. */
  untilActedOn(messages: readonly DomainMessage[], withinMs?: number): ReturnType<World['effects']>
  /**
   * Waits until everything in the stream has its answer; the effects in order. Only then has what comes twice come
   * twice: it is delivered again long after its first effect.
   */
  untilNothingWaits(): ReturnType<World['effects']>
  unpublished(): Promise<number>
  fork(file: string, more: object): ForkedScript
  close(): Promise<void>
}

export const openWorld = async (
  given: { natsUrl?: string; postgresUrl?: string; database?: TestDatabase } = {},
): Promise<World> => {
  const natsUrl = given.natsUrl ?? testServers().natsUrl
  const service = `t${randomBytes(4).toString('hex')}`
  const database = given.database ?? (await openDatabase(given.postgresUrl))
  await database.query('TRUNCATE outbox, outbox_stream, inbox, effects')
  const dataSource = await createDataSource({ url: database.urls.app, entities: [] })
  const nats = await connectNats({ url: natsUrl, name: service })
  const stream = declaredStream(service)
  const warnings: string[] = []
  const children: ForkedScript[] = []
  const work = unitOfWork(dataSource)
  const world: World = {
    service,
    address: { service, appUrl: database.urls.app, relayUrl: database.urls.relay, natsUrl },
    ...{ database, dataSource, nats, stream, warnings },
    log: { info: () => undefined, warn: (message) => void warnings.push(message) },
    commit: async (events) => {
      const messages = events.map((event, index) => messageOf(service, event, index))
      for (const message of messages) await work.run(TENANT, ({ outbox }) => outbox.append([message]))
      return messages
    },
    effects: async () => await database.query('SELECT event_id, aggregate_id, sequence::int FROM effects ORDER BY at'),
    untilActedOn: async (messages, withinMs = 20_000) => {
      const wanted = messages.map(({ id }) => id)
      return await eventually(
        `${wanted.length} events are acted on`,
        async () => {
          const effects = await world.effects()
          const seen = new Set(effects.map(({ event_id }) => event_id))
          return wanted.every((id) => seen.has(id)) && effects
        },
        withinMs,
      )
    },
    untilNothingWaits: async () => {
      await eventually('the consumer has nothing left', async () => {
        const { num_pending, num_ack_pending } = await (
          await jetstreamManager(nats)
        ).consumers.info(stream.name, CONSUMER)
        return num_pending === 0 && num_ack_pending === 0
      })
      return await world.effects()
    },
    unpublished: async () => {
      const [row] = await database.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM outbox WHERE published_at IS NULL',
      )
      return row!.n
    },
    fork: (file, more) => {
      const child = forkScript(path.join(import.meta.dirname, file), { ...world.address, ...more })
      children.push(child)
      return child
    },
    close: async () => {
      for (const child of children) child.process.kill('SIGKILL')
      await Promise.all(children.map(({ ended }) => ended))
      const manager = await jetstreamManager(nats, { timeout: 1_000 }).catch(() => undefined)
      await manager?.streams.delete(stream.name).catch(() => undefined)
      await nats.close()
      await dataSource.destroy()
      if (!given.database) await database.drop()
    },
  }
  return world
}

const messageOf = (service: string, event: Event, index: number): DomainMessage => ({
  id: systemIds.next(),
  tenantId: TENANT,
  source: service,
  type: 'note.written',
  aggregateId: event.aggregate ?? randomUUID(),
  sequence: event.sequence ?? index + 1,
  time: new Date(),
  traceparent: '',
  data: event.data ?? new Uint8Array([1, 2, 3]),
})

/** Quick settings: nothing is waited for longer than a test needs. */
export const quickRelay = { pollMs: 50, retryMs: 20, checkMs: 50, leaseMs: 10_000 } as const
export const quickConsumer = { backoffMs: [5], awayRetryMs: 20 } as const

/** `n` events over `aggregates` aggregates, numbered within each. */
export const eventsOver = (aggregates: readonly string[], n: number): Event[] =>
  Array.from({ length: n }, (_, index) => ({
    aggregate: aggregates[index % aggregates.length]!,
    sequence: Math.floor(index / aggregates.length) + 1,
  }))

/** The sequences of each aggregate in the order in which they were acted on. */
export const ordersOf = (effects: Awaited<ReturnType<World['effects']>>): Map<string, number[]> => {
  const orders = new Map<string, number[]>()
  for (const { aggregate_id, sequence } of effects) {
    const order = orders.get(aggregate_id)
    if (order) order.push(sequence)
    else orders.set(aggregate_id, [sequence])
  }
  return orders
}
