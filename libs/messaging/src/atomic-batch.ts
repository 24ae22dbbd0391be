import { JetStreamApiError, type ApiError, type PubAck } from '@nats-io/jetstream'
import { nuid, type NatsConnection } from '@nats-io/nats-core'
import { encodeHeaders } from './cloud-events.ts'
import { subjectOf, type DomainMessage } from './event.ts'

/** The server's limit is 1,000; more would keep the event loop for too long at a stretch. */
export const MAX_BATCH_MESSAGES = 500
export const MAX_BATCH_BYTES = 1_048_576

const DUPLICATE_ID = 10201

/** Whether the batch was refused because the stream has one of its messages already. */
export const isDuplicateInBatch = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === DUPLICATE_ID

/**
 * Publishes messages as one: JetStream stores all of them, in this order and with a single sync to the disk, or none
 * (NATS 2.12, ADR-50). Only the last one is answered.
 * @returns the stream's sequence of the last one
 * @throws JetStreamApiError when the server refuses; any other Error when it is not known whether they were stored
 */
export const publishBatch = async (
  nats: NatsConnection,
  streamName: string,
  messages: readonly DomainMessage[],
  timeoutMs: number,
): Promise<number> => {
  const batch = nuid.next()
  const headersOf = (message: DomainMessage, index: number) => {
    const encoded = encodeHeaders(message)
    encoded.set('Nats-Msg-Id', message.id)
    encoded.set('Nats-Expected-Stream', streamName)
    encoded.set('Nats-Batch-Id', batch)
    encoded.set('Nats-Batch-Sequence', String(index + 1))
    return encoded
  }
  const last = messages.length - 1
  for (const [index, message] of messages.slice(0, last).entries()) {
    nats.publish(subjectOf(message), message.data, { headers: headersOf(message, index) })
  }
  const closing = messages[last]!
  const headers = headersOf(closing, last)
  headers.set('Nats-Batch-Commit', '1')
  const answer = await nats.request(subjectOf(closing), closing.data, { headers, timeout: timeoutMs })
  const ack = answer.json<PubAck & { error?: ApiError; count?: number }>()
  if (ack.error) throw new JetStreamApiError(ack.error)
  if (ack.count !== messages.length) throw new Error(`JetStream stored ${ack.count} of ${messages.length} messages`)
  return ack.seq
}
