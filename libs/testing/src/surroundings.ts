import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { applyStreams, connectNats, decodeMessage, encodeHeaders, readStreams, subjectOf } from '@iama/messaging'
import type { DomainMessage, NatsConnection } from '@iama/messaging'
import type { MigrationOptions } from '@iama/persistence'
import type { ServiceSettings } from '@iama/service'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { testIdentity, type TestIdentity } from './identity.ts'
import { createTestDatabase, type TestDatabase } from './servers-database.ts'
import { startNatsServer, type NatsServer } from './servers-nats.ts'
import { eventually } from './servers-wait.ts'

/** What a service finds around it in a component test: its own database, a NATS of its own with all streams, keys. */
export interface Surroundings {
  readonly database: TestDatabase
  readonly nats: NatsServer
  readonly identity: TestIdentity
  /** The common part of the service's configuration; ports are free ones. */
  readonly settings: ServiceSettings
  /** A folder that goes away at the end. */
  readonly folder: string
  /** Publishes an event as another service's relay does; `twice` as a relay that has lost the acknowledgement. */
  publish(message: DomainMessage, times?: 'once' | 'twice'): Promise<void>
  /** Waits until all that the service has committed to its outbox is in its stream: nothing more will be told of it. */
  untilAllIsTold(): Promise<void>
  /** What is in a stream, oldest first. */
  published(stream: string): Promise<DomainMessage[]>
  stop(): Promise<void>
}

/** @param service the name, as in the roles of its database and in its stream */
export const surroundings = async (
  service: string,
  migrations: MigrationOptions['migrations'],
): Promise<Surroundings> => {
  const folder = await mkdtemp(path.join(tmpdir(), `iama-${service}-`))
  const [database, nats, identity] = await Promise.all([
    createTestDatabase(service, migrations),
    startNatsServer({ storeDir: path.join(folder, 'nats') }),
    testIdentity('worker'),
  ])
  const streamsFile = path.join(import.meta.dirname, '../../../deploy/nats/streams.yaml')
  const connection = await connectNats({ url: nats.url, name: 'test' })
  await applyStreams(connection, await readStreams(streamsFile))
  return {
    database,
    nats,
    identity,
    folder,
    settings: {
      service,
      listen: '127.0.0.1:0',
      opsHost: '127.0.0.1',
      opsPort: 0,
      databaseUrl: database.urls.app,
      relayDatabaseUrl: database.urls.relay,
      natsUrl: nats.url,
      streamsFile,
      authAddress: 'unused:1',
      serviceSecret: '',
      logLevel: 'error',
      otlpEndpoint: undefined,
      spanFile: undefined,
    },
    publish: async (message, times = 'once') => {
      // Without an id the server takes both copies: what is left to recognise them by is in the message.
      for (let copy = times === 'once' ? 1 : 2; copy > 0; copy--) await send(connection, message)
    },
    untilAllIsTold: async () => {
      const waiting = () => database.query('SELECT 1 FROM outbox WHERE published_at IS NULL')
      await eventually('everything is told', async () => (await waiting()).length === 0)
    },
    published: (stream) => read(connection, stream),
    stop: async () => {
      await connection.close()
      await nats.stop()
      await database.drop()
      await rm(folder, { recursive: true })
    },
  }
}

const send = async (connection: NatsConnection, message: DomainMessage): Promise<void> => {
  await jetstream(connection).publish(subjectOf(message), message.data, { headers: encodeHeaders(message) })
}

const read = async (connection: NatsConnection, stream: string): Promise<DomainMessage[]> => {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const { state } = await manager.streams.info(stream)
  const messages: DomainMessage[] = []
  if (state.messages === 0) return messages // an empty stream begins at 0, which is no message's number
  for (let sequence = state.first_seq; sequence <= state.last_seq; sequence++) {
    const stored = await manager.streams.getMessage(stream, { seq: sequence })
    if (!stored) continue
    const { subject, header, data } = stored
    messages.push(decodeMessage({ subject, headers: header, data }))
  }
  return messages
}
