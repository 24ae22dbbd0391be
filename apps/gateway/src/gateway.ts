import { Code, ConnectError } from '@connectrpc/connect'
import { InternalService } from '@iama/contracts/iama/auth/v1/internal'
import { systemClock } from '@iama/kernel'
import { client } from '@iama/rpc'
import { TokenExchange, type RunningService } from '@iama/service'
import { readiness, serveOps, startTelemetry, type Logger } from '@iama/telemetry'
import { Redis } from 'ioredis'
import { Admission } from './admission.ts'
import { clientAddress } from './client-address.ts'
import { Completions } from './completions.ts'
import type { GatewayConfig } from './config.ts'
import { openPort } from './port.ts'
import { RateLimit } from './rate-limit.redis.ts'
import { surface } from './surface.ts'

/** How long open calls may go on after the order to stop, and streams; in milliseconds. */
const GRACE_MS = 5_000
const STREAM_GRACE_MS = 500

type Closing = (() => Promise<void> | void)[]

/** Opens the gateway as it runs in production. */
export const createGateway = async (config: GatewayConfig): Promise<RunningService> => {
  const closing: Closing = []
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    return { ...(await open(config, closing)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const open = async (
  config: GatewayConfig,
  closing: Closing,
): Promise<Pick<RunningService, 'address' | 'opsAddress'>> => {
  const { addresses, logLevel, otlpEndpoint, spanFile } = config
  const telemetry = await startTelemetry({ service: 'gateway', version: '0.1.0', logLevel, otlpEndpoint, spanFile })
  closing.push(() => telemetry.shutdown())
  const { logger, metrics } = telemetry

  const redis = openRedis(config.redisUrl, logger)
  closing.push(() => redis.disconnect())
  const clients = new DisposableStack()
  closing.push(() => clients.dispose())
  const auth = clients.use(client(InternalService, addresses.auth))
  const ready = readiness({
    auth: {
      check: async () => void (await auth.getJwks({}, { deadlineMs: 700 })),
      fix: 'start auth, or look at its log',
    },
  })

  const stopping = new AbortController()
  const admission = new Admission(new TokenExchange(auth, systemClock), new RateLimit(redis, config.rateLimit))
  const completions = new Completions({ routers: config.routers, admission, logger })
  closing.push(() => completions.close())
  const handler = surface({
    completions,
    addresses,
    clients,
    admission,
    logger,
    metrics,
    ready,
    clientAddress: clientAddress(config.trustedProxies),
    corsOrigins: config.corsOrigins,
    stopping: stopping.signal,
  })
  const port = await openPort(...splitAddress(config.listen), handler)
  closing.push(async () => {
    // streams would never end by themselves, and their clients come back to another replica
    const end = setTimeout(
      () => stopping.abort(new ConnectError('the gateway is stopping; try again', Code.Unavailable)),
      STREAM_GRACE_MS,
    )
    await port.stop(GRACE_MS)
    clearTimeout(end)
  })

  const [host, opsPort] = splitAddress(config.opsListen)
  const ops = await serveOps({ host, port: opsPort, ready, metrics: telemetry.metricsHandler })
  closing.push(() => ops.stop())
  logger.info(`gateway listens on ${port.address}, operators on ${ops.address}`)
  return { address: port.address, opsAddress: ops.address }
}

/** A Redis that is away or hangs must not hold requests up: the limiter then counts for itself. */
const openRedis = (url: string, logger: Logger): Redis => {
  const redis = new Redis(url, { maxRetriesPerRequest: 0, enableOfflineQueue: false, commandTimeout: 500 })
  let away = false
  redis.on('error', () => {
    if (!away) logger.warn('Redis is away: request limits are counted by this process alone')
    away = true
  })
  redis.on('ready', () => {
    if (away) logger.info('Redis is back')
    away = false
  })
  return redis
}

const splitAddress = (address: string): [host: string, port: number] => {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon), Number(address.slice(colon + 1))]
}
