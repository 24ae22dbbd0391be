import { commonSettings, readEnvironment, target } from '@iama/service'
import { z } from 'zod'

export interface WorkerConfig {
  readonly temporalAddress: string
  readonly temporalNamespace: string
  readonly natsUrl: string
  readonly streamsFile: string
  /** gRPC targets by service. */
  readonly addresses: Readonly<Record<'auth' | 'jobs' | 'billing' | 'router' | 'sandbox' | 'delivery', string>>
  readonly serviceSecret: string
  readonly opsListen: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly otlpEndpoint: string | undefined
  readonly spanFile: string | undefined
  /** The prebuilt workflow bundle. */
  readonly workflowBundle: string
  /** How often activities say that they live, in milliseconds. */
  readonly heartbeatMs: number
}

const schema = commonSettings.omit({ RPC_LISTEN: true }).extend({
  TEMPORAL_ADDRESS: z.string(),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  STREAMS_FILE: z.string().default('deploy/nats/streams.yaml'),
  JOBS_ADDRESS: target,
  BILLING_ADDRESS: target,
  ROUTER_ADDRESS: target,
  SANDBOX_ADDRESS: target,
  DELIVERY_ADDRESS: target,
  WORKFLOW_BUNDLE: z.string(),
  HEARTBEAT_MS: z.coerce.number().int().min(100).default(5_000),
})

/** @throws Error that names each wrong variable */
export const readConfig = (
  bundle: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): WorkerConfig => {
  const env = readEnvironment('worker', schema, { WORKFLOW_BUNDLE: bundle, ...environment })
  return {
    temporalAddress: env.TEMPORAL_ADDRESS,
    temporalNamespace: env.TEMPORAL_NAMESPACE,
    natsUrl: env.NATS_URL,
    streamsFile: env.STREAMS_FILE,
    addresses: {
      auth: env.AUTH_ADDRESS,
      jobs: env.JOBS_ADDRESS,
      billing: env.BILLING_ADDRESS,
      router: env.ROUTER_ADDRESS,
      sandbox: env.SANDBOX_ADDRESS,
      delivery: env.DELIVERY_ADDRESS,
    },
    serviceSecret: env.SERVICE_SECRET,
    opsListen: env.HEALTH_LISTEN,
    logLevel: env.LOG_LEVEL,
    otlpEndpoint: env.OTLP_ENDPOINT,
    spanFile: env.SPAN_FILE,
    workflowBundle: env.WORKFLOW_BUNDLE,
    heartbeatMs: env.HEARTBEAT_MS,
  }
}
