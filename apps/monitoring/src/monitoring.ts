import { systemClock } from '@iama/kernel'
import { connectNats } from '@iama/messaging'
import { OperatorService } from '@iama/contracts/iama/jobs/v1/operator'
import { client, serve } from '@iama/rpc'
import { accessControl, tokenVerifier } from '@iama/security'
import { remoteIdentity, type Identity, type RunningService } from '@iama/service'
import { readiness, serveOps, startTelemetry } from '@iama/telemetry'
import type { MonitoringConfig } from './config.ts'
import { servicesHealth } from './health.http.ts'
import { overviewOf } from './overview.ts'
import { servePage } from './page-server.ts'
import { callers, monitoringRpc } from './rpc.ts'
import { NatsStreams } from './streams.nats.ts'

/** What a test may put in place of the real thing. */
export interface MonitoringOverrides {
  readonly identity?: Pick<Identity, 'keys' | 'tokens'>
}

export interface RunningMonitoring extends RunningService {
  /** `host:port` of the page. */
  readonly pageAddress: string
}

type Closing = (() => Promise<void> | void)[]

/** Opens the service as it runs in production. */
export const createMonitoring = async (
  config: MonitoringConfig,
  overrides: MonitoringOverrides = {},
): Promise<RunningMonitoring> => {
  const closing: Closing = []
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    return { ...(await open(config, overrides, closing)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const open = async (config: MonitoringConfig, overrides: MonitoringOverrides, closing: Closing) => {
  const { logLevel, otlpEndpoint, spanFile, authAddress, serviceSecret: secret } = config
  const telemetry = await startTelemetry({ service: 'monitoring', version: '0.1.0', logLevel, otlpEndpoint, spanFile })
  closing.push(() => telemetry.shutdown())
  const { logger, metrics } = telemetry

  // Not awaited: who asks why nothing works must get a page also while NATS is away.
  const nats = connectNats({ url: config.natsUrl, name: 'monitoring' })
  nats.catch((error: unknown) => logger.error({ err: error }, 'NATS cannot be used'))
  closing.push(() => void nats.then((connection) => connection.close()).catch(() => undefined))
  const streams = new NatsStreams(nats, systemClock)
  const health = () => servicesHealth(config.healthTargets)

  const { keys, tokens } = overrides.identity ?? remoteIdentity({ service: 'monitoring', secret, authAddress })
  const jobs = client(OperatorService, config.jobsAddress, { token: tokens, defaultDeadlineMs: 60_000 })
  const access = accessControl({ matrix: callers, verifier: tokenVerifier({ audience: 'monitoring', keys }) })
  // For the same reason it counts as ready whatever it depends on.
  const ready = readiness({})
  const server = await serve({
    services: [monitoringRpc({ streams, health, jobs, operatorTenants: config.operatorTenants })],
    address: config.listen,
    authenticate: access.authenticate,
    interceptors: [access.interceptor],
    metrics,
    logger,
    health: ready,
  })
  closing.push(() => server.stop())
  const page = await servePage(...splitAddress(config.pageListen), overviewOf(streams, health, systemClock))
  closing.push(() => page.stop())
  const [host, port] = splitAddress(config.opsListen)
  const ops = await serveOps({ host, port, ready, metrics: telemetry.metricsHandler })
  closing.push(() => ops.stop())
  logger.info(`monitoring listens on ${server.address}, operators on ${ops.address}, the page is at ${page.address}`)
  return { address: server.address, opsAddress: ops.address, pageAddress: page.address }
}

const splitAddress = (address: string): [host: string, port: number] => {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon), Number(address.slice(colon + 1))]
}
