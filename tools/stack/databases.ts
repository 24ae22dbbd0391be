import { createHmac } from 'node:crypto'
import pg from 'pg'

/** How the three roles of a service reach its database. */
export interface DatabaseUrls {
  /** Owns the tables; used by migrations alone. */
  readonly owner: string
  /** What the service works as: owns nothing, bound by row-level security. */
  readonly app: string
  /** The outbox relay: sees all tenants by its own policy, and nothing but the outbox. */
  readonly relay: string
}

const roleKinds = ['owner', 'app', 'relay'] as const

// Any number will do, as long as everybody who creates roles here takes the same lock.
const roleLock = 4_906_317

/** Passwords follow from the superuser's, so that they stay the same over restarts without being stored. */
const passwordOf = (adminUrl: string, role: string): string =>
  createHmac('sha256', new URL(adminUrl).password).update(role).digest('base64url')

/** The urls of a service's roles, for a database that is named as the service unless said otherwise. */
export const databaseUrls = (adminUrl: string, service: string, database: string = service): DatabaseUrls => {
  const urlOf = (kind: string): string => {
    const url = new URL(adminUrl)
    url.username = `${service}_${kind}`
    url.password = passwordOf(adminUrl, url.username)
    url.pathname = `/${database}`
    return url.href
  }
  return { owner: urlOf('owner'), app: urlOf('app'), relay: urlOf('relay') }
}

/** Runs statements as the superuser. */
export const asSuperuser = async <T>(adminUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Creates a service's three roles where they are not there yet. Roles belong to the server, not to a database. */
const ensureRoles = async (client: pg.Client, adminUrl: string, service: string): Promise<void> => {
  const roles = roleKinds.map((kind) => `${service}_${kind}`)
  await client.query('SELECT pg_advisory_lock($1)', [roleLock])
  try {
    const { rows } = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles WHERE rolname = ANY($1)', [
      roles,
    ])
    const known = new Set(rows.map(({ rolname }) => rolname))
    for (const role of roles.filter((name) => !known.has(name))) {
      const rights = 'LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE'
      const password = client.escapeLiteral(passwordOf(adminUrl, role))
      await client.query(`CREATE ROLE ${client.escapeIdentifier(role)} ${rights} PASSWORD ${password}`)
    }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [roleLock])
  }
}

/** Creates a database for a service, owned by its owner role, that no other service may so much as connect to. */
export const createDatabase = (adminUrl: string, service: string, database: string = service): Promise<void> =>
  asSuperuser(adminUrl, async (client) => {
    await ensureRoles(client, adminUrl, service)
    const name = client.escapeIdentifier(database)
    const [owner, ...others] = roleKinds.map((kind) => client.escapeIdentifier(`${service}_${kind}`))
    await client.query(`CREATE DATABASE ${name} OWNER ${owner}`)
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
    await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${others.join(', ')}`)
  })

/** Creates a database for each service that has none yet. */
export const ensureDatabases = async (
  adminUrl: string,
  services: readonly string[],
): Promise<Record<string, DatabaseUrls>> => {
  const names = await asSuperuser(adminUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database')
    return new Set(rows.map(({ datname }) => datname))
  })
  for (const service of services) if (!names.has(service)) await createDatabase(adminUrl, service)
  return Object.fromEntries(services.map((service) => [service, databaseUrls(adminUrl, service)]))
}
