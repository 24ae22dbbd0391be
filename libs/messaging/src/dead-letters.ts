import { jetstreamManager, type JsMsg } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/nats-core'
import { DEAD_LETTER_STREAM } from './event.ts'
import { publishInto } from './publish-into.ts'
import type { StreamDeclaration } from './streams.ts'

/** As in `deploy/nats/streams.yaml`; here too, for a consumer must be able to make it again after a wiped store. */
export const deadLetterStream: StreamDeclaration = {
  name: DEAD_LETTER_STREAM,
  subjects: ['dlq.>'],
  maxAgeDays: 30,
  dedupMinutes: 10,
  consumers: [],
}

/** An event that a consumer could not digest. */
export interface DeadLetter {
  /** Its sequence in the dead-letter stream. */
  readonly sequence: number
  readonly eventId: string
  readonly type: string
  readonly stream: string
  readonly consumer: string
  readonly reason: string
  readonly at: Date
}

/** Keeps the event as it was, with who gave up and why. Writing it twice stores it once. */
export const writeDeadLetter = async (
  nats: NatsConnection,
  wire: JsMsg,
  why: { consumer: string; eventId: string; reason: string },
): Promise<void> => {
  const kept = headers()
  for (const [name, values] of wire.headers ?? []) {
    if (name.startsWith('ce-')) for (const value of values) kept.append(name, value)
  }
  kept.set('iama-dead-subject', wire.subject)
  kept.set('iama-dead-stream', wire.info.stream)
  kept.set('iama-dead-consumer', why.consumer)
  kept.set('iama-dead-reason', why.reason.replaceAll(/[\r\n]+/g, ' ').slice(0, 1_000))
  const subject = `dlq.${wire.info.stream}.${why.consumer}`
  // The numbers of a stream begin anew in another store: its time of storing tells them apart.
  const msgID = `${wire.info.stream}:${wire.info.streamSequence}:${wire.info.timestampNanos}:${why.consumer}`
  await publishInto(nats, deadLetterStream, subject, wire.data, { headers: kept, msgID })
}

/** The newest dead letters, newest first. */
export const listDeadLetters = async (nats: NatsConnection, limit: number): Promise<DeadLetter[]> => {
  const manager = await jetstreamManager(nats)
  const { state } = await manager.streams.info(DEAD_LETTER_STREAM)
  const letters: DeadLetter[] = []
  for (
    let sequence = state.last_seq;
    sequence >= state.first_seq && sequence > 0 && letters.length < limit;
    sequence--
  ) {
    const stored = await manager.streams.getMessage(DEAD_LETTER_STREAM, { seq: sequence })
    if (!stored) continue
    const header = (name: string): string => stored.header.get(name)
    letters.push({
      sequence,
      eventId: header('ce-id'),
      type: header('ce-type'),
      stream: header('iama-dead-stream'),
      consumer: header('iama-dead-consumer'),
      reason: header('iama-dead-reason'),
      at: stored.time,
    })
  }
  return letters
}
