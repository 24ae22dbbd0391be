import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { runLogged, step } from '../bootstrap/progress.mjs'
import { contentHash } from '../stamp.ts'
import { apps, nodeBinary, root, type App } from '../workspace.ts'
import type { DatabaseUrls } from './databases.ts'
import { ManagedProcess } from './processes.ts'
import { needsOf } from './settings.ts'
import { untilReady } from './wait.ts'

const processTags = ['type:service', 'type:edge', 'type:worker']

/** The apps that run as processes of the stack: services, edges, the worker. */
export const stackApps = (): App[] => apps().filter(({ tags }) => processTags.some((tag) => tags.includes(tag)))

const migrationsDir = (app: App): string => path.join(app.dir, 'src/infrastructure/migrations')

/** Whether an app owns a database: it has migrations. */
export const hasDatabase = (app: App): boolean => existsSync(migrationsDir(app))

const migrateCommand = (app: App): string =>
  [
    path.join(app.dir, 'dist/migrate.js'),
    path.join(app.dir, 'src/migrate.ts'),
    path.join(migrationsDir(app), 'run.ts'),
  ].find((file) => existsSync(file))!

/** The environment that every process of ours starts from: the machine's, less what would leak into services. */
export const baseEnvironment = (): Record<string, string> => {
  const passed = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'XDG_CACHE_HOME', 'NODE_EXTRA_CA_CERTS']
  const isRegistry = (name: string): boolean => /^(npm_config_|https?_proxy$|no_proxy$|SSL_CERT_|IAMA_)/i.test(name)
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && (passed.includes(name) || isRegistry(name)) ? [[name, value] as const] : [],
    ),
  )
}

/** Runs each service's migrations as its owner role, where they changed since they last ran on this server. */
export const migrate = async (
  dir: string,
  services: readonly App[],
  databases: Readonly<Record<string, DatabaseUrls>>,
): Promise<void> => {
  const stampFile = path.join(dir, 'migrated.json')
  const done: Record<string, string> = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : {}
  const hashOf = (app: App): string =>
    contentHash(
      [path.relative(root, migrationsDir(app)), 'libs/persistence/src', 'libs/messaging/src'],
      databases[app.name]!.owner,
    )
  const due = services.filter((app) => done[app.name] !== hashOf(app))
  if (due.length === 0) return
  await step(`migrating ${due.map(({ name }) => name).join(', ')}`, async () => {
    await Promise.all(
      due.map((app) =>
        runLogged(nodeBinary, ['--disable-warning=ExperimentalWarning', migrateCommand(app)], {
          cwd: root,
          env: {
            ...baseEnvironment(),
            DATABASE_URL: databases[app.name]!.owner,
            DATABASE_OWNER_URL: databases[app.name]!.owner,
          },
          logFile: path.join(dir, 'logs', `${app.name}-migrate.log`),
          title: `the migration of ${app.name}`,
          hint: `mend the migration, then repeat; its files are in ${path.relative(root, migrationsDir(app))}`,
        }),
      ),
    )
  })
  for (const app of due) done[app.name] = hashOf(app)
  mkdirSync(dir, { recursive: true })
  writeFileSync(stampFile, JSON.stringify(done))
}

export interface ServiceProcess {
  readonly app: App
  readonly process: ManagedProcess
  readonly healthPort: number
}

/**
 * Stack traces name our sources; and a bound for the heap, in MB, for V8 collects the less the more it may have: without
 * one a busy service grows to a multiple of what it holds. Buffers stand outside the heap: V8 would collect everything
 * after each 64 MB of them, which a router of large prompts has twice a second, rather than count them with the rest.
 */
const nodeOptions = [
  '--enable-source-maps',
  '--max-old-space-size=512',
  '--max-semi-space-size=16',
  '--external-memory-accounted-in-global-limit',
]

/** The program of one replica, not started yet. */
export const serviceProcess = (
  app: App,
  replica: number,
  dir: string,
  env: Readonly<Record<string, string>>,
  healthPort: number,
): ServiceProcess => ({
  app,
  healthPort,
  process: new ManagedProcess({
    name: replicaName(app, replica),
    command: nodeBinary,
    args: [...nodeOptions, path.join(app.dir, 'dist/main.js')],
    cwd: root,
    env: { ...baseEnvironment(), NODE_COMPILE_CACHE: path.join(root, '.iama/compile-cache'), ...env },
    dir,
    restart: true,
  }),
})

export const replicaName = (app: App, replica: number): string => (replica === 1 ? app.name : `${app.name}-${replica}`)

/** Why a service is not ready, in its own words; nothing when it is. */
export const notReady = async (healthPort: number): Promise<string | undefined> => {
  const response = await fetch(`http://127.0.0.1:${healthPort}/readyz`, { signal: AbortSignal.timeout(2_000) })
  const body = await response.text()
  return response.ok ? undefined : `/readyz answers ${response.status}: ${body.slice(0, 300)}`
}

/** Apps in the order in which they can start: each group needs only those before it. */
export const startGroups = (all: readonly App[]): App[][] => {
  const groups: App[][] = []
  const started = new Set<string>()
  for (let left = [...all]; left.length > 0;) {
    const next = left.filter((app) => needsOf(app, all).every((name) => started.has(name)))
    if (next.length === 0) throw new Error(`these services need each other: ${left.map(({ name }) => name).join(', ')}`)
    for (const { name } of next) started.add(name)
    groups.push(next)
    left = left.filter((app) => !next.includes(app))
  }
  return groups
}

/** Starts the services group by group and waits until each says that it is ready. */
export const startServices = async (services: readonly ServiceProcess[], deadlineMs: number): Promise<void> => {
  for (const group of startGroups([...new Set(services.map(({ app }) => app))])) {
    const members = services.filter(({ app }) => group.includes(app))
    for (const { process } of members) process.start()
    await Promise.all(
      members.map(({ process, healthPort }) =>
        untilReady({ process, deadlineMs, notYet: () => notReady(healthPort), crashes: 1 }),
      ),
    )
  }
}
