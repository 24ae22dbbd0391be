import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { StepFailed, say, step } from '../bootstrap/progress.mjs'
import type { App } from '../workspace.ts'
import { ensureDatabases, type DatabaseUrls } from './databases.ts'
import { infoFile, readInfo, runningStack, writeInfo, type ReplicaInfo, type StackInfo } from './info.ts'
import { modelSettings } from './models.ts'
import { portsByName } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { armReaper, sweep, type ManagedProcess } from './processes.ts'
import { ensurePrograms, type Programs } from './programs.ts'
import { startNats, startRedis, startTemporal } from './servers.ts'
import { hasDatabase, migrate, replicaName, serviceProcess, stackApps, startServices } from './services.ts'
import { portsOf, serviceSecrets, settingsOf } from './settings.ts'

export interface StackOptions {
  /** The stack's own folder: data, logs, pid files. Beside it stands `<dir>.json` with every address. */
  readonly dir: string
  /** Whether to start the services too, or the servers alone. */
  readonly services: boolean
  /** Data survives a crash of the machine; without it the stack is faster. */
  readonly durable: boolean
  /** Whether the folder outlives the stack. */
  readonly keep: boolean
  /** How many processes of a service; one where nothing is said. */
  readonly replicas?: Readonly<Record<string, number>>
  /** Starts every server itself, whatever addresses the environment names. */
  readonly own?: boolean
  /** More settings for every process of a service, by service. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** A file of models for the router, which also gets the keys that the file names. */
  readonly modelsFile?: string
  /** Whether every process appends its spans to `<dir>/spans.jsonl`. */
  readonly spans?: boolean
}

export interface Stack {
  readonly info: StackInfo
  /** The three roles' urls of each service's database. */
  readonly databases: Readonly<Record<string, DatabaseUrls>>
  /** A server (`postgres nats redis temporal`) or a replica (`jobs`, `jobs-2`) by name. */
  process(name: string): ManagedProcess
  /** Takes everything down, services first. */
  stop(): Promise<void>
}

const readyDeadlineMs = 60_000

interface Servers {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly natsMonitorUrl: string | undefined
  readonly redisUrl: string
  readonly temporalAddress: string
  /** Where PostgreSQL's data really is, when we started it. */
  readonly postgresData: string | undefined
}

const startServers = async (
  options: StackOptions,
  programs: Programs,
  ports: Readonly<Record<string, number>>,
  processes: Map<string, ManagedProcess>,
): Promise<Servers> => {
  const { dir, durable } = options
  const keep = (process: ManagedProcess): void => void processes.set(process.name, process)
  const use = async (name: keyof Programs, start: (file: string) => Promise<string>): Promise<string> => {
    const found = programs[name]
    return found.kind === 'address' ? found.address : start(found.file)
  }
  let postgresData: string | undefined
  let natsMonitorUrl = process.env['IAMA_NATS_MONITOR_URL']
  const started = await Promise.allSettled([
    use('postgres', async (file) => {
      const postgres = await startPostgres({ file, dir, durable, keep, port: ports['postgres']! })
      postgresData = postgres.data
      return postgres.url
    }),
    use('nats-server', async (file) => {
      await startNats({ file, dir, durable, keep, port: ports['nats']!, monitorPort: ports['nats-monitor']! })
      natsMonitorUrl = `http://127.0.0.1:${ports['nats-monitor']}`
      return `nats://127.0.0.1:${ports['nats']}`
    }),
    use('redis-server', async (file) => {
      await startRedis({ file, dir, durable, keep, port: ports['redis']! })
      return `redis://127.0.0.1:${ports['redis']}`
    }),
    use('temporal', async (file) => {
      await startTemporal({ file, dir, durable, keep, port: ports['temporal']! })
      return `127.0.0.1:${ports['temporal']}`
    }),
  ])
  const failed = started.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  const [postgresUrl, natsUrl, redisUrl, temporalAddress] = started.map((result) =>
    result.status === 'fulfilled' ? result.value : '',
  ) as [string, string, string, string]
  return { postgresUrl, natsUrl, natsMonitorUrl, redisUrl, temporalAddress, postgresData }
}

const loopback = (ports: Readonly<Record<string, number>>, key: string): string => `127.0.0.1:${ports[key]}`

interface Plan {
  readonly apps: readonly App[]
  readonly replicasOf: (app: App) => number
  /** Names of all ports, `<replica>.<purpose>`. */
  readonly portNames: readonly string[]
}

const planOf = (options: StackOptions): Plan => {
  const apps = options.services ? stackApps() : []
  const replicasOf = (app: App): number => options.replicas?.[app.name] ?? 1
  const portNames = apps.flatMap((app) =>
    Array.from({ length: replicasOf(app) }, (_, i) => replicaName(app, i + 1)).flatMap((name) =>
      portsOf(app).map((purpose) => `${name}.${purpose}`),
    ),
  )
  return { apps, replicasOf, portNames: ['postgres', 'nats', 'nats-monitor', 'redis', 'temporal', ...portNames] }
}

const replicasByApp = (
  plan: Plan,
  dir: string,
  ports: Readonly<Record<string, number>>,
): Record<string, ReplicaInfo[]> =>
  Object.fromEntries(
    plan.apps.map((app) => [
      app.name,
      Array.from({ length: plan.replicasOf(app) }, (_, i) => {
        const name = replicaName(app, i + 1)
        return {
          name,
          ports: Object.fromEntries(portsOf(app).map((purpose) => [purpose, ports[`${name}.${purpose}`]!])),
          log: path.join(dir, 'logs', `${name}.log`),
        }
      }),
    ]),
  )

const addressesFor = (services: Record<string, ReplicaInfo[]>, purpose: string): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(services)
      .map(
        ([name, replicas]) =>
          [name, replicas.flatMap(({ ports }) => (ports[purpose] ? [loopback(ports, purpose)] : []))] as const,
      )
      .filter(([, addresses]) => addresses.length > 0),
  )

const startAllServices = async (
  options: StackOptions,
  plan: Plan,
  servers: Servers,
  services: Record<string, ReplicaInfo[]>,
  databases: Readonly<Record<string, DatabaseUrls>>,
  processes: Map<string, ManagedProcess>,
  models: Readonly<Record<string, string>>,
): Promise<void> => {
  const peers = addressesFor(services, 'rpc')
  const http = addressesFor(services, 'http')
  const health = addressesFor(services, 'health')
  const secrets = serviceSecrets(
    options.dir,
    plan.apps.map(({ name }) => name),
  )
  const programs = plan.apps.flatMap((app) =>
    services[app.name]!.map(({ ports }, i) => {
      const dataDir = path.join(options.dir, 'data', app.name)
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      const input = {
        app,
        replica: i + 1,
        dir: options.dir,
        ports,
        database: databases[app.name],
        peers,
        http,
        secrets,
        health,
        models,
        ...servers,
      }
      const spans = options.spans ? { SPAN_FILE: path.join(options.dir, 'spans.jsonl') } : {}
      const env = { ...settingsOf(input), ...spans, ...options.settings?.[app.name] }
      return serviceProcess(app, i + 1, options.dir, env, ports['health']!)
    }),
  )
  for (const { process } of programs) processes.set(process.name, process)
  await step(`starting ${programs.length} services`, () => startServices(programs, readyDeadlineMs))
}

const stopAll = async (processes: ReadonlyMap<string, ManagedProcess>): Promise<void> => {
  const servers = new Set(['postgres', 'nats', 'redis', 'temporal'])
  const all = [...processes.values()]
  await Promise.all(all.filter(({ name }) => !servers.has(name)).map((process) => process.stop()))
  await Promise.all(all.filter(({ name }) => servers.has(name)).map((process) => process.stop()))
}

/**
 * Brings up real PostgreSQL, NATS, Redis and Temporal on free loopback ports, and on request every service as a
 * process of its own, each started again when it dies. Two stacks in two folders know nothing of each other.
 * @throws StepFailed that names what did not come up, with the end of its log; nothing is left running then.
 */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { dir } = options
  const before = runningStack(dir)
  if (before !== undefined) {
    throw new StepFailed(`a stack is already up in ${dir} (process ${before.supervisor})`, {
      hint: 'npm run stack -- down',
    })
  }
  // a file that the router would refuse stops everything before anything is started
  const models = options.modelsFile === undefined ? {} : await modelSettings(options.modelsFile)
  const swept = await sweep(dir)
  if (swept.length > 0) say(`ended what an earlier run had left: ${swept.join(', ')}`)
  const programs = await ensurePrograms({ own: options.own ?? false })
  const plan = planOf(options)
  const ports = await portsByName(plan.portNames, readInfo(dir)?.ports)
  mkdirSync(dir, { recursive: true })
  const processes = new Map<string, ManagedProcess>()
  const disarm = armReaper(dir)
  let postgresData: string | undefined
  const down = async (): Promise<void> => {
    await stopAll(processes)
    disarm()
  }
  const stop = async (): Promise<void> => {
    await down()
    writeInfo(dir, { ...readInfo(dir)!, supervisor: 0, ready: false })
    if (options.keep) return
    for (const folder of [dir, infoFile(dir), postgresData])
      if (folder) rmSync(folder, { recursive: true, force: true })
  }
  try {
    const servers = await step('starting PostgreSQL, NATS, Redis and Temporal', () =>
      startServers(options, programs, ports, processes),
    )
    postgresData = servers.postgresData
    const services = replicasByApp(plan, dir, ports)
    const edge = (name: string): string | undefined =>
      services[name]?.[0] && `http://${loopback(services[name][0].ports, 'http')}`
    const { postgresData: _, ...addresses } = servers
    const info: StackInfo = {
      dir,
      supervisor: process.pid,
      ready: true,
      ...addresses,
      ports: { ...readInfo(dir)?.ports, ...ports },
      services,
      ...(edge('gateway') && { gatewayUrl: edge('gateway')! }),
      ...(edge('monitoring') && { monitoringUrl: edge('monitoring')! }),
    }
    writeInfo(dir, { ...info, ready: false })
    const owners = plan.apps.filter(hasDatabase)
    const databases = await ensureDatabases(
      info.postgresUrl,
      owners.map(({ name }) => name),
    )
    await migrate(dir, owners, databases)
    // Loaded here: it needs the generated code, which a stack of servers alone can do without.
    if (options.services) await (await import('./streams.ts')).makeStreams(info.natsUrl)
    if (plan.apps.length > 0) await startAllServices(options, plan, servers, services, databases, processes, models)
    // Loaded here for the same reason.
    if (info.gatewayUrl) await (await import('./local-user.ts')).ensureLocalUser(dir, info.gatewayUrl)
    writeInfo(dir, info)
    return {
      info,
      databases,
      stop,
      process: (name) => {
        const found = processes.get(name)
        if (found === undefined) throw new Error(`no process "${name}" here: ${[...processes.keys()].join(', ')}`)
        return found
      },
    }
  } catch (error) {
    // The folder stays: the message names a log in it.
    await down()
    throw error
  }
}
