import { randomUUID } from 'node:crypto'
import { DatabaseUnavailable } from '@iama/persistence'
import { eventually } from '@iama/testing/servers'
import { describe, expect, it } from '@jest/globals'
import { jetstream, jetstreamManager, type ConsumerInfo } from '@nats-io/jetstream'
import {
  applyStream,
  deadLetterStream,
  encodeHeaders,
  listDeadLetters,
  MAX_DELIVERIES,
  subjectOf,
  type DeadLetter,
  trialStream,
  type DomainMessage,
  type StreamDeclaration,
} from '../src/index.ts'
import { suite } from './suite.ts'
import { CONSUMER, eventsOver, ordersOf, recordOnce, TENANT } from './world.ts'

const given = suite()

const state = async (): Promise<ConsumerInfo> =>
  await (await jetstreamManager(given.world.nats)).consumers.info(given.world.stream.name, CONSUMER)

/**
 * The stream, whose server waits so long for a word about an event. A process that is kept waiting for longer has the
 * event delivered again: where that counts, the wait is longer than a process that lives is ever kept waiting.
 */
const waitingFor = (ackWaitSeconds: number): StreamDeclaration => ({
  ...given.world.stream,
  consumers: [{ name: CONSUMER, ackWaitSeconds, maxAckPending: 256 }],
})

/** The dead letters of this test's stream: the dead-letter stream is everybody's. */
const deadLetters = async (): Promise<DeadLetter[]> => {
  const letters = await listDeadLetters(given.world.nats, 100).catch(() => [])
  return letters.filter(({ stream }) => stream === given.world.stream.name)
}

const eventOf = (source: string, aggregateId: string): DomainMessage => ({
  ...{ id: randomUUID(), tenantId: TENANT, source, type: 'note.written', aggregateId, sequence: 1 },
  ...{ time: new Date(), traceparent: '', data: new Uint8Array([7]) },
})

describe('a consumer', () => {
  it('acts on each event once and in the order of its aggregate', async () => {
    given.relay()
    given.consumer()
    const messages = await given.world.commit(eventsOver(['a', 'b', 'c'], 60))
    const effects = await given.world.untilActedOn(messages)
    await given.world.untilNothingWaits()
    expect(effects).toHaveLength(60)
    const inOrder = Array.from({ length: 20 }, (_, index) => index + 1)
    expect(Object.fromEntries(ordersOf(effects))).toEqual({ a: inOrder, b: inOrder, c: inOrder })
  })

  it('acts on several aggregates at once, never on two events of one', async () => {
    const stream = waitingFor(60)
    given.relay({ stream })
    const acting = new Map<string, number>()
    let most = 0
    const order: string[] = []
    given.consumer({
      stream,
      concurrency: 4,
      act: async ({ aggregateId, sequence }) => {
        acting.set(aggregateId, (acting.get(aggregateId) ?? 0) + 1)
        expect(acting.get(aggregateId)).toBe(1)
        most = Math.max(most, [...acting.values()].filter((count) => count > 0).length)
        await new Promise((resolve) => setTimeout(resolve, 2))
        order.push(`${aggregateId}${sequence}`)
        acting.set(aggregateId, 0)
      },
    })
    await given.world.commit(eventsOver(['a', 'b', 'c', 'd', 'e', 'f'], 60))
    await eventually('all are acted on', () => order.length === 60)
    expect(most).toBe(4)
    for (const aggregate of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const own = order.filter((entry) => entry.startsWith(aggregate)).map((entry) => Number(entry.slice(1)))
      expect(own).toEqual(Array.from({ length: 10 }, (_, index) => index + 1))
    }
  })

  it('makes a dead letter of an event that fails, on the sixth delivery, with the reason; others go on', async () => {
    const stream = waitingFor(60)
    given.relay({ stream })
    const record = recordOnce(given.world.dataSource)
    let attempts = 0
    given.consumer({
      stream,
      act: async (message) => {
        if (message.aggregateId === 'poison') {
          attempts += 1
          throw new Error(`cannot be digested,\nattempt ${attempts}`)
        }
        await record(message)
      },
    })
    const messages = await given.world.commit([{ aggregate: 'poison' }, ...eventsOver(['a', 'b'], 20)])
    await given.world.untilActedOn(messages.slice(1))
    const [letter, ...more] = await eventually('there is a dead letter', async () => {
      const letters = await deadLetters()
      return letters.length > 0 && letters
    })
    await given.world.untilNothingWaits()
    expect(more).toEqual([])
    expect(letter).toMatchObject({
      eventId: messages[0]!.id,
      type: 'note.written',
      consumer: CONSUMER,
      reason: `cannot be digested, attempt ${MAX_DELIVERIES - 1}`,
    })
    expect(attempts).toBe(MAX_DELIVERIES - 1)
    expect(await given.world.effects()).toHaveLength(20)
  })

  it('makes a dead letter of an event that fails without a word', async () => {
    const stream = waitingFor(60)
    given.relay({ stream })
    let attempts = 0
    given.consumer({
      stream,
      act: async () => {
        attempts += 1
        throw new Error('')
      },
    })
    const [message] = await given.world.commit([{ aggregate: 'mute' }])
    const letters = await eventually('there is a dead letter', async () => {
      const found = await deadLetters()
      return found.length > 0 && found
    })
    expect(letters).toMatchObject([{ eventId: message!.id }])
    expect(attempts).toBe(MAX_DELIVERIES - 1)
  })

  it('makes a dead letter of an event that ends the process each time', async () => {
    given.relay()
    const [deadly, ...others] = await given.world.commit([
      { aggregate: 'deadly', sequence: 666 },
      ...eventsOver(['a'], 3),
    ])
    // so that the others are held beside it each time
    await eventually('all are published', async () => (await given.world.unpublished()) === 0)
    let deaths = 0
    while (deaths <= MAX_DELIVERIES) {
      const child = given.world.fork('consumer-process.ts', { deadly: [666] })
      const over = await Promise.race([
        child.ended.then(() => 'dead'),
        eventually('given up', () => child.messages.includes('dead-letter-written'), 30_000).then(() => 'given up'),
      ])
      if (over === 'given up') break
      deaths += 1
    }
    expect(deaths).toBe(MAX_DELIVERIES)
    expect(await deadLetters()).toMatchObject([
      { eventId: deadly!.id, reason: 'the process ended while it acted on this event alone' },
    ])
    await given.world.untilActedOn(others)
    expect(await deadLetters()).toHaveLength(1)
    const { streams } = await jetstreamManager(given.world.nats)
    const subjects = `trials.EVENTS_${given.world.service.toUpperCase()}.>`
    // an event that was acted on alone has its effect a moment before its note is taken back
    await eventually('only the note of the deadly one is left', async () => {
      const { state } = await streams.info(trialStream.name, { subjects_filter: subjects })
      return Object.keys(state.subjects ?? {}).length === 1
    })
  }, 120_000) // seven processes start, one after the other

  it('makes no dead letter of events that only waited, however often the consumer was started anew', async () => {
    const messages = await given.world.commit(eventsOver(['a', 'b'], 4))
    given.relay()
    for (let starts = 0; starts <= MAX_DELIVERIES; starts++) {
      let waits = false
      const consumer = given.consumer({
        act: async () => {
          waits = true
          throw new DatabaseUnavailable('away')
        },
      })
      await eventually('it waits', () => waits)
      await consumer.stop()
    }
    given.consumer()
    await given.world.untilActedOn(messages)
    await given.world.untilNothingWaits()
    expect(await deadLetters()).toEqual([])
  })

  it.each<[string, (message: DomainMessage) => { subject?: string; drop?: string; set?: [string, string] }, string]>([
    [
      'another tenant in its subject',
      (m) => ({ subject: subjectOf({ ...m, tenantId: randomUUID() }) }),
      'another tenant',
    ],
    ['no id', () => ({ drop: 'ce-id' }), 'ce-id is missing'],
    ['a tenant that is no UUID', () => ({ set: ['ce-tenantid', 'acme'] }), 'not a UUID'],
    ['a sequence that is no number', () => ({ set: ['ce-sequence', 'first'] }), 'not a number'],
    ['a time that is none', () => ({ set: ['ce-time', 'today'] }), 'not a time'],
  ])('makes a dead letter of an event with %s, without acting on it', async (_, change, reason) => {
    const { nats, stream, service } = given.world
    await applyStream(nats, stream)
    const message = eventOf(service, 'a')
    const { subject = subjectOf(message), drop, set } = change(message)
    const headers = encodeHeaders(message)
    if (drop) headers.delete(drop)
    if (set) headers.set(...set)
    await jetstream(nats).publish(subject, message.data, { headers })
    let acted = 0
    given.consumer({ act: async () => void (acted += 1) })
    const [letter] = await eventually('there is a dead letter', async () => {
      const letters = await deadLetters()
      return letters.length > 0 && letters
    })
    expect(letter!.reason).toContain(reason)
    await given.world.untilNothingWaits()
    expect(acted).toBe(0)
  })

  it('keeps the whole event in the dead letter, so that it can be replayed', async () => {
    given.relay()
    given.consumer({ act: async () => await Promise.reject(new Error('no')) })
    const [message] = await given.world.commit([{ data: new Uint8Array([9, 8, 7]) }])
    const [letter] = await eventually('there is a dead letter', async () => {
      const letters = await deadLetters()
      return letters.length > 0 && letters
    })
    const manager = await jetstreamManager(given.world.nats)
    const kept = await manager.streams.getMessage(deadLetterStream.name, { seq: letter!.sequence })
    expect(kept!.data).toEqual(message!.data)
    expect(kept!.header.get('iama-dead-subject')).toBe(subjectOf(message!))
    for (const [name, [value]] of encodeHeaders(message!)) {
      if (name.startsWith('ce-')) expect([name, kept!.header.get(name)]).toEqual([name, value])
    }
  })

  it('holds what it has and fetches nothing while the database is away, then goes on', async () => {
    const stream = waitingFor(4)
    given.relay({ stream })
    const record = recordOnce(given.world.dataSource)
    let away = true
    let refused = 0
    given.consumer({
      stream,
      act: async (message) => {
        if (away) {
          refused += 1
          throw new DatabaseUnavailable('the database is away; try again')
        }
        await record(message)
      },
    })
    const first = await given.world.commit(eventsOver(['a', 'b'], 4))
    await eventually('it waits', () => refused > 0)
    const more = await given.world.commit(eventsOver(['c', 'd'], 20))
    await eventually('all are published', async () => (await given.world.unpublished()) === 0)
    const { num_ack_pending: held } = await state()
    const before = refused
    // Longer than the server waits for an acknowledgement: what is held is not delivered again.
    await eventually('it has tried for long enough', () => refused > before + 250, 20_000)
    expect((await state()).num_ack_pending).toBe(held)
    expect(held).toBeLessThanOrEqual(4)
    expect((await state()).num_redelivered).toBe(0)
    expect(await given.world.effects()).toEqual([])

    away = false
    const effects = await given.world.untilActedOn([...first, ...more])
    await given.world.untilNothingWaits()
    expect(effects).toHaveLength(24)
    expect(await deadLetters()).toEqual([])
  })

  it('works longer on an event than the server waits, and it is not delivered again', async () => {
    const stream = waitingFor(4)
    given.relay({ stream })
    let acts = 0
    given.consumer({
      stream,
      act: async () => {
        acts += 1
        await new Promise((resolve) => setTimeout(resolve, 5_000)) // the server waits for 4 s
      },
    })
    await given.world.commit(eventsOver(['a'], 1))
    await eventually('it has begun', () => acts === 1)
    await given.world.untilNothingWaits()
    expect(acts).toBe(1)
    expect((await state()).delivered.consumer_seq).toBe(1)
  })

  it('does not answer for an event of a store that is gone: its number means another event now', async () => {
    const { nats, stream } = given.world
    const publish = async (aggregateId: string): Promise<void> => {
      await applyStream(nats, stream)
      const message = eventOf(given.world.service, aggregateId)
      await jetstream(nats).publish(subjectOf(message), message.data, { headers: encodeHeaders(message) })
    }
    const gates = new Map<string, () => void>()
    given.consumer({ act: async ({ aggregateId }) => await new Promise<void>((open) => gates.set(aggregateId, open)) })
    await publish('old')
    await eventually('it acts on the old one', () => gates.has('old'))
    await (await jetstreamManager(nats)).streams.delete(stream.name)
    await publish('new')
    await eventually('the new one is delivered', async () => (await state()).num_ack_pending === 1)
    gates.get('old')!()
    await eventually('it acts on the new one', () => gates.has('new'))
    await nats.flush()
    expect((await state()).num_ack_pending).toBe(1)
    gates.get('new')!()
    await given.world.untilNothingWaits()
  })

  it('gives back at once what it has not begun when it stops', async () => {
    // Without that, nothing would be delivered again for a minute.
    const patient = waitingFor(60)
    given.relay({ stream: patient })
    const messages = await given.world.commit(eventsOver(['a'], 30))
    let release = (): void => undefined
    const act = async (): Promise<void> => await new Promise((resolve) => (release = resolve))
    const first = given.consumer({ stream: patient, act })
    await eventually('it holds all', async () => (await state()).num_ack_pending === 30)
    const stopped = first.stop()
    release()
    await stopped
    given.consumer({ stream: patient })
    await given.world.untilActedOn(messages.slice(1))
  })
})
