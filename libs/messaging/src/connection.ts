import { connect, type NatsConnection } from '@nats-io/transport-node'

/** A connection that never gives up: the server may be away at the start and at any time later. */
export const connectNats = async (options: { url: string; name: string }): Promise<NatsConnection> =>
  await connect({
    servers: options.url,
    name: options.name,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    pingInterval: 10_000,
    // A stack trace for each request costs more than the request.
    noAsyncTraces: true,
  })

/** Resolves when the server answers. @throws Error when it is away, within `timeoutMs` */
export const natsReady = async (nats: NatsConnection, timeoutMs = 500): Promise<void> => {
  const timeout = AbortSignal.timeout(timeoutMs)
  await Promise.race([
    nats.rtt(),
    new Promise((_, reject) =>
      timeout.addEventListener('abort', () => reject(new Error('NATS does not answer')), { once: true }),
    ),
  ])
}
