import { createHash, createHmac, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root, type App } from '../workspace.ts'
import type { DatabaseUrls } from './databases.ts'

/** What the settings of one process are made from. */
export interface SettingsInput {
  readonly app: App
  /** From 1. */
  readonly replica: number
  /** The stack's folder. */
  readonly dir: string
  /** Ports of this process by purpose. */
  readonly ports: Readonly<Record<string, number>>
  readonly database: DatabaseUrls | undefined
  readonly natsUrl: string
  readonly natsMonitorUrl: string | undefined
  readonly redisUrl: string
  readonly temporalAddress: string
  /** gRPC addresses of all replicas, by service. */
  readonly peers: Readonly<Record<string, readonly string[]>>
  /** HTTP addresses of all replicas, by service. */
  readonly http?: Readonly<Record<string, readonly string[]>>
  /** Health addresses of all processes, by service. */
  readonly health: Readonly<Record<string, readonly string[]>>
  /** What the router is told of models; nothing where the offline engine does everything. */
  readonly models: Readonly<Record<string, string>>
  /** Each service's own proof towards auth, by service. */
  readonly secrets: Readonly<Record<string, string>>
}

/** A secret for each service, by which auth knows it; drawn once for a stack and kept. */
export const serviceSecrets = (dir: string, names: readonly string[]): Record<string, string> => {
  const file = path.join(dir, 'service-secret')
  mkdirSync(dir, { recursive: true })
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 })
  const secret = readFileSync(file, 'utf8')
  return Object.fromEntries(names.map((name) => [name, createHmac('sha256', secret).update(name).digest('hex')]))
}

const hashes = (secrets: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secrets).map(([name, secret]) => [name, createHash('sha256').update(secret).digest('hex')]),
  )

/** The purposes for which an app listens; every app serves /healthz, /readyz and /metrics on `health`. */
const portsByApp: Readonly<Record<string, readonly string[]>> = {
  gateway: ['http', 'health'],
  monitoring: ['rpc', 'http', 'health'],
  router: ['rpc', 'http', 'health'],
  worker: ['health'],
}

export const portsOf = (app: App): readonly string[] => portsByApp[app.name] ?? ['rpc', 'health']

/** What must be ready before an app is started: keys come from auth, edges and the worker come last. */
export const needsOf = (app: App, all: readonly App[]): string[] => {
  if (app.name === 'auth') return []
  const services = all.filter(({ tags }) => tags.includes('type:service')).map(({ name }) => name)
  return app.tags.includes('type:service') ? services.filter((name) => name === 'auth') : services
}

/** Where the artifacts of jobs are kept, and what the SDK of that store looks at, as our own environment tells. */
const artifactSettings = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && /^(ARTIFACTS$|S3_|AWS_)/.test(name) ? [[name, value] as const] : [],
    ),
  )

const target = (addresses: readonly string[]): string =>
  // One name for several addresses is grpc-js's own `ipv4:` target.
  addresses.length === 1 ? addresses[0]! : `ipv4:${addresses.join(',')}`

/**
 * The environment of one process: the only table of it. `<SERVICE>_ADDRESS` is the gRPC target of each service,
 * with all its replicas.
 */
export const settingsOf = (input: SettingsInput): Record<string, string> => {
  const { app, ports, database } = input
  const listen = Object.entries(ports).map(([purpose, port]) => [
    `${purpose.toUpperCase()}_LISTEN`,
    `127.0.0.1:${port}`,
  ])
  const peers = Object.entries(input.peers).map(([name, addresses]) => [
    `${name.toUpperCase().replaceAll('-', '_')}_ADDRESS`,
    target(addresses),
  ])
  return {
    // first, so that a key that is named like a setting cannot take its place
    ...(app.name === 'router' && input.models),
    SERVICE_NAME: app.name,
    REPLICA: String(input.replica),
    ...Object.fromEntries([...listen, ...peers]),
    SERVICE_SECRET: input.secrets[app.name]!,
    // Auth tells the services apart by what their secrets hash to.
    ...(app.name === 'auth' && { SERVICE_SECRET_HASHES: JSON.stringify(hashes(input.secrets)) }),
    ...(app.name === 'jobs' && artifactSettings()),
    ...(app.name === 'gateway' && { ROUTER_HTTP_ADDRESS: (input.http?.['router'] ?? []).join(',') }),
    // One laptop is nobody's customer.
    ...(app.name === 'billing' && { DEFAULT_TIER: 'enterprise' }),
    STREAMS_FILE: path.join(root, 'deploy/nats/streams.yaml'),
    NATS_URL: input.natsUrl,
    REDIS_URL: input.redisUrl,
    TEMPORAL_ADDRESS: input.temporalAddress,
    TEMPORAL_NAMESPACE: 'default',
    // Shared by the replicas of a service, private to it otherwise.
    DATA_DIR: path.join(input.dir, 'data', app.name),
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
    ...(database && { DATABASE_URL: database.app, RELAY_DATABASE_URL: database.relay }),
    ...(input.natsMonitorUrl !== undefined && app.name === 'monitoring' && { NATS_MONITOR_URL: input.natsMonitorUrl }),
    ...(app.name === 'monitoring' && { HEALTH_TARGETS: JSON.stringify(input.health) }),
  }
}
