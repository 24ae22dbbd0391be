import { jetstream, type JetStreamPublishOptions } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { ensureStream, lookAtStream, type StreamDeclaration } from './streams.ts'

/** Stores a message in a stream of the consumers' own, and makes the stream first if the store was wiped. */
export const publishInto = async (
  nats: NatsConnection,
  stream: StreamDeclaration,
  subject: string,
  data: Uint8Array,
  options: Partial<Pick<JetStreamPublishOptions, 'headers' | 'msgID'>> = {},
): Promise<void> => {
  const publish = async (): Promise<unknown> =>
    await jetstream(nats, { timeout: 2_000 }).publish(subject, data, {
      ...options,
      expect: { streamName: stream.name },
    })
  try {
    await publish()
  } catch (error) {
    if (await lookAtStream(nats, stream.name)) throw error
    await ensureStream(nats, stream)
    await publish()
  }
}
