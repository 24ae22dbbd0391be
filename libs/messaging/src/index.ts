export { decodeMessage, encodeHeaders, MalformedEvent } from './cloud-events.ts'
export { connectNats, natsReady } from './connection.ts'
export { EventConsumer, MAX_DELIVERIES, type ConsumerStep, type EventConsumerOptions } from './consumer.ts'
export { deadLetterStream, listDeadLetters, type DeadLetter } from './dead-letters.ts'
export { DEAD_LETTER_STREAM, streamOf, subjectOf, type DomainMessage } from './event.ts'
export { onceOnly, PostgresInbox, type Inbox } from './inbox.ts'
export { messagesOf, type Occasion, type Tell, type Teller } from './messages.ts'
export { EventRefused, MAX_EVENT_BYTES, PostgresOutbox, type Outbox } from './outbox.ts'
export type { MessagingLog } from './log.ts'
export { outboxNudge, OutboxRelay, type RelayOptions, type RelayStep } from './relay.ts'
export { INBOX_DAYS, inboxSchema, OUTBOX_DAYS, outboxSchema } from './schema.ts'
export {
  applyStream,
  applyStreams,
  diffStreams,
  findStream,
  readStreams,
  type ConsumerDeclaration,
  type StreamDeclaration,
} from './streams.ts'
export { trialStream } from './trials.ts'
export type { NatsConnection } from '@nats-io/nats-core'
