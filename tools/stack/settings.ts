import path from 'node:path'
import type { App } from '../workspace.ts'
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
  /** Health addresses of all processes, by service. */
  readonly health: Readonly<Record<string, readonly string[]>>
}

/** The purposes for which an app listens; every app serves /healthz, /readyz and /metrics on `health`. */
const portsByApp: Readonly<Record<string, readonly string[]>> = {
  gateway: ['http', 'health'],
  monitoring: ['rpc', 'http', 'health'],
  worker: ['health'],
}

export const portsOf = (app: App): readonly string[] => portsByApp[app.name] ?? ['rpc', 'health']

/** What must be ready before an app is started: keys come from auth, edges and the worker come last. */
export const needsOf = (app: App, all: readonly App[]): string[] => {
  if (app.name === 'auth') return []
  const services = all.filter(({ tags }) => tags.includes('type:service')).map(({ name }) => name)
  return app.tags.includes('type:service') ? services.filter((name) => name === 'auth') : services
}

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
    SERVICE_NAME: app.name,
    REPLICA: String(input.replica),
    ...Object.fromEntries([...listen, ...peers]),
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
