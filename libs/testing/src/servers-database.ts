import { createHmac, randomBytes } from 'node:crypto'
import { runMigrations, type MigrationOptions } from '@iama/persistence'
import pg from 'pg'
import { testServers } from './servers-addresses.ts'

/** A database for one suite alone, with the three roles of a service. */
export interface TestDatabase {
  readonly urls: {
    /** The superuser, for what only a test looks at: row-level security does not bind it. */
    readonly superuser: string
    /** Owns the tables. */
    readonly owner: string
    /** What the service works as. */
    readonly app: string
    /** What the outbox relay works as. */
    readonly relay: string
  }
  /** Rows of one statement, as the superuser. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>
}

const KINDS = ['owner', 'app', 'relay'] as const

// Roles belong to the server, and several workers make them at once: everybody takes this lock.
const ROLE_LOCK = 4_906_317

/**
 * Makes a database with a name of its own and the roles `<service>_owner`, `_app`, `_relay`, and migrates it as the
 * owner.
 * @param postgresUrl the superuser's url, that of `testServers()` unless a private server's is given
 */
export const createTestDatabase = async (
  service: string,
  migrations: MigrationOptions['migrations'],
  postgresUrl: string = testServers().postgresUrl,
): Promise<TestDatabase> => {
  const name = `${service}_${randomBytes(6).toString('hex')}`
  await withClient(postgresUrl, async (client) => {
    await ensureRoles(client, postgresUrl, service)
    const roles = KINDS.map((kind) => client.escapeIdentifier(`${service}_${kind}`))
    await client.query(`CREATE DATABASE ${name} OWNER ${roles[0]}`)
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
    await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${roles.join(', ')}`)
  })
  const urlOf = (role?: string): string => {
    const url = new URL(postgresUrl)
    url.pathname = `/${name}`
    if (role) [url.username, url.password] = [role, passwordOf(postgresUrl, role)]
    return url.href
  }
  const urls = {
    superuser: urlOf(),
    owner: urlOf(`${service}_owner`),
    app: urlOf(`${service}_app`),
    relay: urlOf(`${service}_relay`),
  }
  const pool = new pg.Pool({ connectionString: urls.superuser, max: 2 })
  pool.on('error', () => undefined) // a killed server; the next query tells
  const database: TestDatabase = {
    urls,
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    drop: async () => {
      await pool.end()
      await withClient(postgresUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      })
    },
  }
  try {
    await runMigrations({ url: urls.owner, migrations })
    return database
  } catch (error) {
    await database.drop()
    throw error
  }
}

const ensureRoles = async (client: pg.Client, postgresUrl: string, service: string): Promise<void> => {
  await client.query('SELECT pg_advisory_lock($1)', [ROLE_LOCK])
  try {
    for (const role of KINDS.map((kind) => `${service}_${kind}`)) {
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])
      if (rowCount) continue
      const password = client.escapeLiteral(passwordOf(postgresUrl, role))
      await client.query(
        `CREATE ROLE ${client.escapeIdentifier(role)} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD ${password}`,
      )
    }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [ROLE_LOCK])
  }
}

/** Follows from the superuser's password, as in tools/stack: whoever makes a role first, all know its password. */
const passwordOf = (postgresUrl: string, role: string): string =>
  createHmac('sha256', new URL(postgresUrl).password).update(role).digest('base64url')

const withClient = async (url: string, work: (client: pg.Client) => Promise<void>): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
