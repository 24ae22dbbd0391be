import { commonSettings, readEnvironment, target } from '@iama/service'
import { z } from 'zod'
import type { Target } from './services.ts'

export interface GatewayConfig {
  /** `host:port` of the public surface; port 0 takes a free one. */
  readonly listen: string
  /** `host:port` of /healthz, /readyz and /metrics. */
  readonly opsListen: string
  readonly redisUrl: string
  /** gRPC targets, by service. */
  readonly addresses: Readonly<Record<Target, string>>
  /** `host:port` of each router's HTTP port. */
  readonly routers: readonly string[]
  /** Addresses and networks of proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[]
  /** Origins of browsers that may call; none unless configured. */
  readonly corsOrigins: readonly string[]
  /** How many requests one credential may make in a window. */
  readonly rateLimit: { readonly requests: number; readonly seconds: number }
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly otlpEndpoint: string | undefined
  readonly spanFile: string | undefined
}

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  )

const hostPort = z.string().regex(/^[^\s/]+:\d{1,5}$/, 'is not host:port')
const origin = z.string().regex(/^https?:\/\/[^/\s]+$/, 'is not an origin such as https://app.example.com')
const network = z.string().regex(/^[0-9a-f.:]+(\/\d{1,3})?$/i, 'is neither an address nor a network such as 10.0.0.0/8')

const schema = commonSettings.omit({ RPC_LISTEN: true, NATS_URL: true, SERVICE_SECRET: true }).extend({
  HTTP_LISTEN: hostPort.default('127.0.0.1:0'),
  REDIS_URL: z.string(),
  JOBS_ADDRESS: target,
  ROUTER_ADDRESS: target,
  BILLING_ADDRESS: target,
  DELIVERY_ADDRESS: target,
  COMPLIANCE_ADDRESS: target,
  MONITORING_ADDRESS: target,
  SANDBOX_ADDRESS: target,
  ROUTER_HTTP_ADDRESS: list.pipe(z.array(hostPort).min(1, 'names no router')),
  TRUSTED_PROXIES: list.pipe(z.array(network)),
  CORS_ORIGINS: list.pipe(z.array(origin)),
  RATE_LIMIT_REQUESTS: z.coerce.number().int().min(1).default(600),
  RATE_LIMIT_SECONDS: z.coerce.number().int().min(1).default(10),
})

/** @throws Error that names each wrong variable */
export const readConfig = (environment: Readonly<Record<string, string | undefined>> = process.env): GatewayConfig => {
  const env = readEnvironment('gateway', schema, environment)
  return {
    listen: env.HTTP_LISTEN,
    opsListen: env.HEALTH_LISTEN,
    redisUrl: env.REDIS_URL,
    addresses: {
      auth: env.AUTH_ADDRESS,
      jobs: env.JOBS_ADDRESS,
      router: env.ROUTER_ADDRESS,
      billing: env.BILLING_ADDRESS,
      delivery: env.DELIVERY_ADDRESS,
      compliance: env.COMPLIANCE_ADDRESS,
      monitoring: env.MONITORING_ADDRESS,
      sandbox: env.SANDBOX_ADDRESS,
    },
    routers: env.ROUTER_HTTP_ADDRESS,
    trustedProxies: env.TRUSTED_PROXIES,
    corsOrigins: env.CORS_ORIGINS,
    rateLimit: { requests: env.RATE_LIMIT_REQUESTS, seconds: env.RATE_LIMIT_SECONDS },
    logLevel: env.LOG_LEVEL,
    otlpEndpoint: env.OTLP_ENDPOINT,
    spanFile: env.SPAN_FILE,
  }
}
