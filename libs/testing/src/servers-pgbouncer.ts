import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { unprivileged } from './servers-postgres.ts'
import { freePort, programIn, startOwned } from './servers-process.ts'
import { eventually } from './servers-wait.ts'

/** A PgBouncer of a test's own, in transaction mode, before an existing database. */
export interface PgBouncer {
  /** The same url, through PgBouncer. */
  through(url: string): string
  stop(): Promise<void>
}

export interface PgBouncerOptions {
  /** Urls of the roles that may come through, all of one database. */
  readonly urls: readonly string[]
  /** Connections to PostgreSQL for each role: the fewer, the more clients share one. */
  readonly poolSize: number
}

/** Starts a private one. @throws Error that says how to get the program */
export const startPgBouncer = async ({ urls, poolSize }: PgBouncerOptions): Promise<PgBouncer> => {
  const program = pgBouncerProgram()
  const port = await freePort()
  const folder = mkdtempSync(path.join(tmpdir(), 'iama-pgbouncer-'))
  const target = new URL(urls[0]!)
  const users = urls.map((url) => new URL(url)).map(({ username, password }) => [username, password].map(quoted))
  const files: Record<string, string> = {
    'users.txt': users.map((words) => `${words.join(' ')}\n`).join(''),
    'pgbouncer.ini': [
      '[databases]',
      `* = host=${target.hostname} port=${target.port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${path.join(folder, 'users.txt')}`,
      'pool_mode = transaction',
      `default_pool_size = ${poolSize}`,
      'max_client_conn = 500',
      '',
    ].join('\n'),
  }
  // It refuses to run as root.
  const user = unprivileged()
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text, { mode: 0o600 })
  if (user) {
    for (const name of ['', ...Object.keys(files)]) chownSync(path.join(folder, name), user.uid, user.gid)
  }
  const owned = startOwned(program, [path.join(folder, 'pgbouncer.ini')], { cwd: folder, ...user })
  const through = (url: string): string => {
    const bounced = new URL(url)
    bounced.host = `127.0.0.1:${port}`
    return bounced.href
  }
  await eventually('PgBouncer answers', () => answers(through(urls[0]!))).catch((error: Error) => {
    throw new Error(`${error.message}\n${owned.output()}`)
  })
  return {
    through,
    stop: async () => {
      await owned.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const quoted = (word: string): string => `"${decodeURIComponent(word).replaceAll('"', '""')}"`

const answers = async (connectionString: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000 })
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

const pgBouncerProgram = (): string => {
  // eslint-disable-next-line no-restricted-syntax -- where programs are is told by the environment alone
  const { PATH = '' } = process.env
  // Debian puts it where only root looks.
  const found = programIn('pgbouncer', [...PATH.split(path.delimiter), '/usr/sbin'])
  if (found === undefined)
    throw new Error('this test needs pgbouncer: type `npm test -- persistence` once, which gets it')
  return found
}
