import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { runLogged } from '../bootstrap/progress.mjs'
import { ManagedProcess } from './processes.ts'
import type { ServerOptions } from './servers.ts'
import { dataFolder, programFolder, unprivilegedUser } from './unprivileged.ts'
import { untilReady } from './wait.ts'

export interface Postgres {
  /** Of the superuser, who only creates databases and roles. */
  readonly url: string
  /** Where the data really is: outside the clone when root's home is closed to others. */
  readonly data: string
}

const superuserPassword = (dir: string): string => {
  const file = path.join(dir, 'postgres-password')
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

const initialise = async (programs: string, data: string, password: string, dir: string): Promise<void> => {
  const user = unprivilegedUser()
  const passwordFile = path.join(data, 'superuser')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid)
  const cluster = path.join(data, 'cluster')
  try {
    await runLogged(
      path.join(programs, 'bin/initdb'),
      [
        '-D',
        cluster,
        '-U',
        'postgres',
        '--pwfile',
        passwordFile,
        '-A',
        'scram-sha-256',
        '-E',
        'UTF8',
        '--locale',
        'C.UTF-8',
        '--no-sync',
      ],
      { logFile: path.join(dir, 'logs/initdb.log'), cwd: data, title: 'initdb', ...user },
    )
  } catch (error) {
    // Half a cluster would be taken for a whole one next time.
    rmSync(cluster, { recursive: true, force: true })
    throw error
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

const settings = ({ port, durable }: ServerOptions): string[] =>
  [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=300',
    'shared_buffers=128MB',
    'timezone=UTC',
    'log_timezone=UTC',
    'log_line_prefix=%m [%p] %q%u@%d ',
    // Commits still reach the system before they are confirmed: a killed server loses nothing, only a dead machine does.
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off']),
  ].flatMap((setting) => ['-c', setting])

/** Makes a cluster where there is none, and starts it. `file` is the program `postgres`; `initdb` stands beside it. */
export const startPostgres = async (options: ServerOptions): Promise<Postgres> => {
  const { file, dir, port, keep } = options
  const user = unprivilegedUser()
  const programs = programFolder(path.dirname(path.dirname(file)), user)
  mkdirSync(dir, { recursive: true })
  const data = dataFolder(path.join(dir, 'postgres'), user)
  const password = superuserPassword(dir)
  if (!existsSync(path.join(data, 'cluster/PG_VERSION'))) await initialise(programs, data, password, dir)
  const process = new ManagedProcess({
    name: 'postgres',
    command: path.join(programs, 'bin/postgres'),
    args: ['-D', path.join(data, 'cluster'), ...settings(options)],
    dir,
    cwd: data,
    // Fast shutdown: PostgreSQL's answer to SIGTERM is to wait for every client.
    stopSignal: 'SIGINT',
    restart: true,
    ...user,
  })
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  keep(process)
  process.start()
  await untilReady({ process, deadlineMs: 30_000, notYet: () => refusal(url) })
  return { url, data }
}

/** Why PostgreSQL does not answer; nothing when it does. */
export const refusal = async (url: string): Promise<string | undefined> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT 1')
    return undefined
  } catch (error) {
    return (error as Error).message || 'no answer'
  } finally {
    await client.end().catch(() => {})
  }
}
