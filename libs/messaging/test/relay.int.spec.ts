import { connectNats, encodeHeaders, subjectOf, type DomainMessage, type NatsConnection } from '../src/index.ts'
import { describe, expect, it } from '@jest/globals'
import { eventually } from '@iama/testing/servers'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { suite } from './suite.ts'
import { eventsOver, TENANT, unitOfWork } from './world.ts'

const given = suite()

/** What the stream holds, in its order: aggregate and sequence of each message. */
const stored = async (): Promise<{ aggregate: string; sequence: number }[]> => {
  const { nats, stream } = given.world
  const manager = await jetstreamManager(nats)
  const { state } = await manager.streams.info(stream.name)
  const found = []
  for (let sequence = state.first_seq; sequence <= state.last_seq; sequence++) {
    const message = await manager.streams.getMessage(stream.name, { seq: sequence })
    found.push({ aggregate: message!.header.get('ce-subject'), sequence: Number(message!.header.get('ce-sequence')) })
  }
  return found
}

const everythingMarked = async (withinMs?: number): Promise<void> =>
  void (await eventually('everything is marked', async () => (await given.world.unpublished()) === 0, withinMs))

const readOnly = (database: string): Promise<{ pid: number }[]> =>
  given.world.database.query(
    `SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
     WHERE l.locktype = 'advisory' AND l.granted AND d.datname = $1`,
    [database],
  )

const leaseHolder = async (): Promise<number | undefined> =>
  (await readOnly(new URL(given.world.database.urls.app).pathname.slice(1)))[0]?.pid

/** Replicas of the relay that were refused the lease when they last asked. */
const waitingForLease = async (): Promise<unknown[]> =>
  await given.world.database.query(
    `SELECT 1 FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'outbox relay' AND query LIKE '%pg_try_advisory_lock%'`,
  )

describe('two replicas of a relay', () => {
  it.each<NodeJS.Signals>(['SIGKILL', 'SIGSTOP'])('share one lease, taken over after %s', async (signal) => {
    // longer than a process that lives is ever kept waiting: one that is late would lose the lease
    const leaseMs = 5_000
    const first = given.world.fork('relay-process.ts', { leaseMs })
    await eventually('the first one leads', () => first.messages.includes('leased'))
    const second = given.world.fork('relay-process.ts', { leaseMs })
    await eventually('the second one asks for the lease', async () => (await waitingForLease()).length === 1)
    const before = await given.world.commit(eventsOver(['a', 'b'], 10))
    await everythingMarked()
    expect(second.messages).toEqual([])

    first.process.kill(signal)
    const after = await given.world.commit(eventsOver(['c', 'd'], 10))
    await everythingMarked(leaseMs + 10_000)
    await eventually('the second one leads', () => second.messages.includes('leased'))
    first.process.kill('SIGCONT')
    expect(await stored()).toHaveLength(before.length + after.length)
  })

  it('pass on the nudge of the one without the lease', async () => {
    await given.world.commit(eventsOver(['a'], 1))
    // So slow a poll that nothing would arrive in time without the nudge.
    given.relay({ pollMs: 60_000, leaseMs: 120_000 })
    await everythingMarked() // by its first look
    const other = await connectNats({ url: given.world.address.natsUrl, name: 'other' })
    try {
      const waits = given.relay({ nats: other })
      await given.world.commit(eventsOver(['b'], 1))
      expect(await given.world.unpublished()).toBe(1)
      waits.nudge()
      await everythingMarked()
    } finally {
      await other.close()
    }
  })
})

/** The connection as it would be to a server of another version. */
const toVersion = (nats: NatsConnection, version: string): NatsConnection =>
  new Proxy(nats, {
    get: (target, name) => {
      if (name === 'info') return { ...target.info, version }
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

describe('a relay', () => {
  it.each([
    ['in batches', '2.12.0', true],
    ['one by one to a server that takes no batches', '2.11.4', undefined],
  ])('publishes in the order of each aggregate: %s', async (_, version, atomic) => {
    const { nats, stream } = given.world
    await given.world.commit(eventsOver(['a', 'b', 'c'], 90))
    given.relay({ nats: toVersion(nats, version), batch: 40 })
    await everythingMarked()
    const { config } = await (await jetstreamManager(nats)).streams.info(stream.name)
    expect(config.allow_atomic).toBe(atomic)
    const found = await stored()
    for (const name of ['a', 'b', 'c']) {
      const order = found.filter(({ aggregate }) => aggregate === name).map(({ sequence }) => sequence)
      expect(order).toEqual(Array.from({ length: 30 }, (__, index) => index + 1))
    }
  })

  it.each([
    ['one by one', 0],
    ['in a batch that is refused for it', 60],
  ])('holds back an aggregate whose message fails, and no other: %s', async (_, others) => {
    const { nats, stream, database, service } = given.world
    // The stream takes no message above 2,000 bytes: one of aggregate "a" cannot be published.
    const manager = await jetstreamManager(nats)
    await manager.streams.add({ name: stream.name, subjects: stream.subjects, max_msg_size: 2_000 })
    const large = new Uint8Array(4_000)
    await given.world.commit([
      { aggregate: 'a', sequence: 1 },
      { aggregate: 'b', sequence: 1 },
      { aggregate: 'a', sequence: 2, data: large },
      { aggregate: 'a', sequence: 3 },
      { aggregate: 'b', sequence: 2 },
      { aggregate: 'a', sequence: 4 },
      { aggregate: 'b', sequence: 3 },
      ...eventsOver(['c', 'd', 'e'], others),
    ])
    // Our own declaration has no such limit: keep the relay from mending the stream.
    given.relay({ stream: { ...stream, consumers: [] } })
    await eventually(
      'all of b are out',
      async () => (await stored()).filter(({ aggregate }) => aggregate === 'b').length === 3,
    )
    expect((await stored()).filter(({ aggregate }) => aggregate === 'a')).toEqual([{ aggregate: 'a', sequence: 1 }])
    await eventually('it is said', () => given.world.warnings.join().includes('will be repeated'))

    await manager.streams.update(stream.name, { max_msg_size: -1 })
    await everythingMarked()
    const orderOfA = (await stored()).filter(({ aggregate }) => aggregate === 'a').map(({ sequence }) => sequence)
    expect(orderOfA).toEqual([1, 2, 3, 4])
    expect(await database.query('SELECT DISTINCT source FROM outbox')).toEqual([{ source: service }])
  })

  it.each([
    ['one by one', 6],
    ['in a batch', 60],
  ])('sends twice what was published but not marked, and JetStream keeps it once: %s', async (_, count) => {
    const messages = await given.world.commit(eventsOver(['a', 'b'], count))
    given.relay()
    await everythingMarked()
    await given.world.database.query('UPDATE outbox SET published_at = NULL')
    await everythingMarked()
    expect(await stored()).toHaveLength(messages.length)
  })

  it('finds rows that were committed late, behind others', async () => {
    given.relay()
    const { dataSource } = given.world
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const appended = Promise.withResolvers<void>()
    const late = unitOfWork(dataSource).run(TENANT, async ({ outbox }) => {
      await outbox.append([lateMessage(given.world.service)])
      appended.resolve()
      await held
    })
    await appended.promise // its row stands before the others
    await given.world.commit(eventsOver(['a'], 20))
    await everythingMarked()
    release()
    await late
    await everythingMarked()
    expect(await stored()).toHaveLength(21)
  })

  it('goes on after its session was ended', async () => {
    given.relay()
    const pid = await eventually('it leads', leaseHolder)
    await given.world.database.query('SELECT pg_terminate_backend($1)', [pid])
    await given.world.commit(eventsOver(['a'], 3))
    await everythingMarked()
    expect(await stored()).toHaveLength(3)
  })

  it('marks what JetStream has before it stops, and lets the lease go', async () => {
    const relay = given.relay()
    await given.world.commit(eventsOver(['a', 'b', 'c'], 60))
    await eventually('it is at work', async () => (await given.world.unpublished()) < 60)
    await relay.stop()
    expect(await leaseHolder()).toBeUndefined()
    const inStream = (await stored()).length
    expect(await given.world.unpublished()).toBe(60 - inStream)
  })

  it('tells the age of the oldest row that waits', async () => {
    const { nats, stream } = given.world
    await given.world.commit([{ aggregate: 'a', sequence: 1, data: new Uint8Array(4_000) }])
    const manager = await jetstreamManager(nats)
    await manager.streams.add({ name: stream.name, subjects: stream.subjects, max_msg_size: 2_000 })
    const relay = given.relay({ stream: { ...stream, consumers: [] } })
    await eventually('it knows', () => relay.oldestPendingSeconds > 0.05)
    await manager.streams.update(stream.name, { max_msg_size: -1 })
    await eventually('it knows that there is none', () => relay.oldestPendingSeconds === 0)
  })
})

const lateMessage = (service: string): DomainMessage => ({
  id: '018f2d5c-4444-7000-8000-000000000004',
  tenantId: TENANT,
  source: service,
  type: 'note.written',
  aggregateId: 'late',
  sequence: 1,
  time: new Date(),
  traceparent: '',
  data: new Uint8Array(),
})

describe('a stream', () => {
  it('carries what CloudEvents asks for', async () => {
    given.relay()
    const [message] = await given.world.commit([{ aggregate: 'a', sequence: 7 }])
    await everythingMarked()
    const { nats, stream } = given.world
    const read = await (
      await jetstreamManager(nats)
    ).streams.getMessage(stream.name, { last_by_subj: subjectOf(message!) })
    const headers = Object.fromEntries([...encodeHeaders(message!)].map(([name]) => [name, read!.header.get(name)]))
    expect(headers).toEqual({
      'ce-specversion': '1.0',
      'ce-id': message!.id,
      'ce-source': given.world.service,
      'ce-type': 'note.written',
      'ce-time': message!.time.toISOString(),
      'ce-subject': 'a',
      'ce-tenantid': TENANT,
      'ce-sequence': '7',
      'content-type': 'application/protobuf',
    })
    expect(read!.data).toEqual(message!.data)
    // The id is JetStream's too: publishing it once more stores nothing.
    const again = await jetstream(nats).publish(subjectOf(message!), message!.data, { msgID: message!.id })
    expect(again.duplicate).toBe(true)
  })
})
