import { commonSettings, readEnvironment, target } from '@iama/service'
import { z } from 'zod'

export interface MonitoringConfig {
  /** `host:port` of the gRPC server; port 0 takes a free one. */
  readonly listen: string
  /** `host:port` of the operators' page. */
  readonly pageListen: string
  /** `host:port` of /healthz, /readyz and /metrics. */
  readonly opsListen: string
  readonly natsUrl: string
  readonly authAddress: string
  /** gRPC target of `jobs`, for the kill switch. */
  readonly jobsAddress: string
  readonly serviceSecret: string
  /** `host:port` of the health endpoints of every replica, by service. */
  readonly healthTargets: Readonly<Record<string, readonly string[]>>
  /** Tenants of the people who run IAMA: what is shown is of all tenants. */
  readonly operatorTenants: readonly string[]
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly otlpEndpoint: string | undefined
  readonly spanFile: string | undefined
}

const hostPort = z.string().regex(/^[^\s/@?#]+:\d{1,5}$/, 'is not host:port')

const targets = z
  .string()
  .default('{}')
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('is not JSON such as {"jobs":["127.0.0.1:9464"]}')
      return z.NEVER
    }
  })
  .pipe(z.record(z.string(), z.array(hostPort)))

const tenants = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter((each) => each !== ''))
  .pipe(z.array(z.uuid('is not a list of tenant ids, separated by commas')))

const schema = commonSettings.extend({
  HTTP_LISTEN: hostPort.default('127.0.0.1:0'),
  HEALTH_TARGETS: targets,
  OPERATOR_TENANTS: tenants,
  JOBS_ADDRESS: target,
})

/** @throws Error that names each wrong variable */
export const readConfig = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
): MonitoringConfig => {
  const env = readEnvironment('monitoring', schema, environment)
  return {
    listen: env.RPC_LISTEN,
    pageListen: env.HTTP_LISTEN,
    opsListen: env.HEALTH_LISTEN,
    natsUrl: env.NATS_URL,
    authAddress: env.AUTH_ADDRESS,
    jobsAddress: env.JOBS_ADDRESS,
    serviceSecret: env.SERVICE_SECRET,
    healthTargets: env.HEALTH_TARGETS,
    operatorTenants: env.OPERATOR_TENANTS,
    logLevel: env.LOG_LEVEL,
    otlpEndpoint: env.OTLP_ENDPOINT,
    spanFile: env.SPAN_FILE,
  }
}
