import { z } from 'zod'

/** What every service is told by its environment. */
export interface ServiceSettings {
  /** The service's name, for example `jobs`. */
  readonly service: string
  /** `host:port` of the gRPC server; port 0 takes a free one. */
  readonly listen: string
  /** Port of /healthz, /readyz and /metrics. */
  readonly opsPort: number
  readonly opsHost: string
  /** The url of the role that works under row-level security. */
  readonly databaseUrl: string
  /** The url of the outbox relay's role; a direct connection. */
  readonly relayDatabaseUrl: string
  readonly natsUrl: string
  /** `deploy/nats/streams.yaml` */
  readonly streamsFile: string
  /** `host:port` of auth. */
  readonly authAddress: string
  /** Proves to auth which service this is. */
  readonly serviceSecret: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly otlpEndpoint: string | undefined
  readonly spanFile: string | undefined
}

const hostPort = z.string().regex(/^[^\s/]+:\d{1,5}$/, 'is not host:port')
/** A gRPC target: one address, or `ipv4:` and several. */
export const target = z.string().min(3)

/** The settings that all services share; a service adds its own with `.extend`. */
export const commonSettings = z.object({
  RPC_LISTEN: hostPort.default('127.0.0.1:0'),
  HEALTH_LISTEN: hostPort.default('127.0.0.1:0'),
  NATS_URL: z.string(),
  AUTH_ADDRESS: target,
  SERVICE_SECRET: z.string().min(16),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  OTLP_ENDPOINT: z.string().optional(),
  SPAN_FILE: z.string().optional(),
})

/** The settings of a service with a database and events of its own. */
export const serviceSettings = commonSettings.extend({
  DATABASE_URL: z.string(),
  RELAY_DATABASE_URL: z.string(),
  STREAMS_FILE: z.string().default('deploy/nats/streams.yaml'),
})

/** @throws Error that names each wrong variable and what is wrong with it */
export const readEnvironment = <Schema extends z.ZodType>(
  service: string,
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<Schema> => {
  const parsed = schema.safeParse(environment)
  if (parsed.success) return parsed.data
  throw new Error(`${service} cannot start, its environment is wrong:\n${z.prettifyError(parsed.error)}`)
}

export const toServiceSettings = (service: string, env: z.infer<typeof serviceSettings>): ServiceSettings => ({
  service,
  listen: env.RPC_LISTEN,
  opsPort: Number(env.HEALTH_LISTEN.slice(env.HEALTH_LISTEN.lastIndexOf(':') + 1)),
  opsHost: env.HEALTH_LISTEN.slice(0, env.HEALTH_LISTEN.lastIndexOf(':')),
  databaseUrl: env.DATABASE_URL,
  relayDatabaseUrl: env.RELAY_DATABASE_URL,
  natsUrl: env.NATS_URL,
  streamsFile: env.STREAMS_FILE,
  authAddress: env.AUTH_ADDRESS,
  serviceSecret: env.SERVICE_SECRET,
  logLevel: env.LOG_LEVEL,
  otlpEndpoint: env.OTLP_ENDPOINT,
  spanFile: env.SPAN_FILE,
})
