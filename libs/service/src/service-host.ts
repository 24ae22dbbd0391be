import { connectNats, EventConsumer, findStream, natsReady, OutboxRelay, readStreams } from '@iama/messaging'
import type { DomainMessage, NatsConnection, StreamDeclaration } from '@iama/messaging'
import { createDataSource, PostgresUnitOfWork, type UnitOfWork } from '@iama/persistence'
import { serve, type Interceptor, type RpcServer, type ServiceImplementation } from '@iama/rpc'
import { accessControl, tokenVerifier, type CallerMatrix } from '@iama/security'
import {
  readiness,
  serveOps,
  startTelemetry,
  type Logger,
  type Metrics,
  type ReadinessCheck,
  type Telemetry,
} from '@iama/telemetry'
import type { DataSource, EntityManager, EntitySchema } from 'typeorm'
import { remoteIdentity, type Identity } from './identity.ts'
import type { ServiceSettings } from './settings.ts'

export interface HostOptions {
  readonly entities: readonly EntitySchema[]
  /** `auth` brings its own; the others ask it. */
  readonly identity?: Identity
  readonly version?: string
}

/** A service as it runs: what was opened, in order, is closed in reverse. */
export interface ServiceHost {
  readonly settings: ServiceSettings
  readonly logger: Logger
  readonly metrics: Metrics
  readonly nats: NatsConnection
  readonly dataSource: DataSource
  readonly identity: Identity
  /** Transactions on the service's database; the relay hears of each commit. `stores` makes what takes part in one. */
  unitOfWork<Stores>(stores: (manager: EntityManager, tenantId: string) => Stores): UnitOfWork<Stores>
  /** Acts on the events of a declared consumer until the host stops. */
  consume(stream: string, consumer: string, act: (message: DomainMessage) => Promise<void>): void
  /** Opens the RPC surface and the operators' port, and starts the relay. */
  serve(surface: Surface): Promise<RunningService>
  /** Runs before what was opened earlier is closed. */
  onStop(stop: () => Promise<void> | void): void
  /** For a start that failed half-way. */
  stop(): Promise<void>
}

export interface Surface {
  readonly services: readonly ServiceImplementation[]
  readonly callers: CallerMatrix
  /** Checks beside PostgreSQL and NATS. */
  readonly checks?: Readonly<Record<string, ReadinessCheck>>
  readonly interceptors?: readonly Interceptor[]
}

export interface RunningService {
  /** `host:port` of the gRPC server. */
  readonly address: string
  /** `host:port` of /healthz, /readyz and /metrics. */
  readonly opsAddress: string
  stop(): Promise<void>
}

/** Opens what every service stands on: telemetry, NATS, its database, its identity, its outbox relay. */
export const openService = async (settings: ServiceSettings, options: HostOptions): Promise<ServiceHost> => {
  const closing: (() => Promise<void> | void)[] = []
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    return await open(settings, options, closing, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

const open = async (
  settings: ServiceSettings,
  options: HostOptions,
  closing: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<ServiceHost> => {
  const { service } = settings
  const telemetry = await startTelemetry({
    service,
    version: options.version ?? '0.1.0',
    logLevel: settings.logLevel,
    otlpEndpoint: settings.otlpEndpoint,
    spanFile: settings.spanFile,
  })
  closing.push(() => telemetry.shutdown())
  const streams = await readStreams(settings.streamsFile)
  const dataSource = await createDataSource({ url: settings.databaseUrl, entities: options.entities })
  closing.push(() => dataSource.destroy())
  const nats = await connectNats({ url: settings.natsUrl, name: service })
  closing.push(() => nats.close())
  const relay = startRelay(settings, nats, findStream(streams, `EVENTS_${service.toUpperCase()}`), telemetry.logger)
  closing.push(() => relay.stop())
  telemetry.metrics.gauge('outbox_oldest_pending_seconds', 'Age of the oldest event that is not published', (report) =>
    report(relay.oldestPendingSeconds, { service }),
  )
  const identity =
    options.identity ?? remoteIdentity({ service, secret: settings.serviceSecret, authAddress: settings.authAddress })
  return {
    settings,
    logger: telemetry.logger,
    metrics: telemetry.metrics,
    nats,
    dataSource,
    identity,
    unitOfWork: (stores) => {
      const work = new PostgresUnitOfWork(dataSource, stores)
      return {
        run: async (tenantId, use) => {
          const result = await work.run(tenantId, use)
          relay.nudge()
          return result
        },
      }
    },
    consume: (stream, consumer, act) => {
      const running = startConsumer(nats, findStream(streams, stream), consumer, act, telemetry.logger)
      closing.push(() => running.stop())
    },
    serve: (surface) => openSurface(settings, surface, { telemetry, nats, dataSource, identity }, closing, stop),
    onStop: (close) => void closing.push(close),
    stop,
  }
}

const startRelay = (
  settings: ServiceSettings,
  nats: NatsConnection,
  stream: StreamDeclaration,
  logger: Logger,
): OutboxRelay => {
  const { service, relayDatabaseUrl: databaseUrl } = settings
  const relay = new OutboxRelay({ service, databaseUrl, nats, stream, log: plain(logger) })
  relay.start()
  return relay
}

const startConsumer = (
  nats: NatsConnection,
  stream: StreamDeclaration,
  consumer: string,
  act: (message: DomainMessage) => Promise<void>,
  logger: Logger,
): EventConsumer => {
  const running = new EventConsumer({ nats, stream, consumer, act, log: plain(logger) })
  running.start()
  return running
}

const plain = (logger: Logger) => ({
  info: (message: string) => logger.info(message),
  warn: (message: string) => logger.warn(message),
})

const openSurface = async (
  settings: ServiceSettings,
  surface: Surface,
  parts: { telemetry: Telemetry; nats: NatsConnection; dataSource: DataSource; identity: Identity },
  closing: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<RunningService> => {
  const { telemetry, nats, dataSource, identity } = parts
  const ready = readiness({
    postgres: {
      check: async () => void (await dataSource.query('SELECT 1')),
      fix: 'start PostgreSQL, or look at its log',
    },
    nats: { check: () => natsReady(nats), fix: 'start NATS, or look at its log' },
    ...surface.checks,
  })
  const verifier = tokenVerifier({ audience: settings.service, keys: identity.keys })
  const access = accessControl({ matrix: surface.callers, verifier })
  const server: RpcServer = await serve({
    services: surface.services,
    address: settings.listen,
    authenticate: access.authenticate,
    interceptors: [access.interceptor, ...(surface.interceptors ?? [])],
    metrics: telemetry.metrics,
    logger: telemetry.logger,
    health: ready,
  })
  closing.push(() => server.stop())
  const ops = await serveOps({
    port: settings.opsPort,
    host: settings.opsHost,
    ready,
    metrics: telemetry.metricsHandler,
  })
  closing.push(() => ops.stop())
  telemetry.logger.info(`${settings.service} listens on ${server.address}, operators on ${ops.address}`)
  return { address: server.address, opsAddress: ops.address, stop }
}
