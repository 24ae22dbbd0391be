import { z } from 'zod'

/** What every service is told by its environment. */
export interface ServiceSettings {
  /** The service's name, for example `jobs`. */
  readonly service: string
  /** `host:port` of the gRPC server; port 0 takes a free one. */
  readonly listen: string
  /** Port of /healthz, /readyz and /metrics. */
  readonly opsPort: number
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

/** The settings that all services share; a service adds its own with `.extend`. */
export const commonSettings = z.object({
  IAMA_LISTEN: hostPort.default('127.0.0.1:0'),
  IAMA_OPS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  IAMA_NATS_URL: z.string(),
  IAMA_AUTH_ADDRESS: hostPort,
  IAMA_SERVICE_SECRET: z.string().min(16),
  IAMA_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  IAMA_OTLP_ENDPOINT: z.string().optional(),
  IAMA_SPAN_FILE: z.string().optional(),
})

/** The settings of a service with a database and events of its own. */
export const serviceSettings = commonSettings.extend({
  IAMA_DATABASE_URL: z.string(),
  IAMA_RELAY_DATABASE_URL: z.string(),
  IAMA_STREAMS_FILE: z.string().default('deploy/nats/streams.yaml'),
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
  listen: env.IAMA_LISTEN,
  opsPort: env.IAMA_OPS_PORT,
  databaseUrl: env.IAMA_DATABASE_URL,
  relayDatabaseUrl: env.IAMA_RELAY_DATABASE_URL,
  natsUrl: env.IAMA_NATS_URL,
  streamsFile: env.IAMA_STREAMS_FILE,
  authAddress: env.IAMA_AUTH_ADDRESS,
  serviceSecret: env.IAMA_SERVICE_SECRET,
  logLevel: env.IAMA_LOG_LEVEL,
  otlpEndpoint: env.IAMA_OTLP_ENDPOINT,
  spanFile: env.IAMA_SPAN_FILE,
})
