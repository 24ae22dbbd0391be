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

const urlOf = (adminUrl: string, user: string, password: string, database: string): string => {
  const url = new URL(adminUrl)
  url.username = user
  url.password = password
  url.pathname = `/${database}`
  return url.href
}

/**
 * Creates a database for each service with its three roles, where they are not there yet. Passwords follow from the
 * superuser's, so that they stay the same over restarts without being stored.
 */
export const ensureDatabases = async (
  adminUrl: string,
  services: readonly string[],
): Promise<Record<string, DatabaseUrls>> => {
  const secret = new URL(adminUrl).password
  const passwordOf = (role: string): string => createHmac('sha256', secret).update(role).digest('base64url')
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const existing = await client.query<{ datname: string }>('SELECT datname FROM pg_database')
    const names = new Set(existing.rows.map(({ datname }) => datname))
    for (const service of services) {
      if (!names.has(service)) await createDatabase(client, service, passwordOf)
    }
  } finally {
    await client.end()
  }
  const urls = (service: string): DatabaseUrls => {
    const url = (kind: string): string =>
      urlOf(adminUrl, `${service}_${kind}`, passwordOf(`${service}_${kind}`), service)
    return { owner: url('owner'), app: url('app'), relay: url('relay') }
  }
  return Object.fromEntries(services.map((service) => [service, urls(service)]))
}

const createDatabase = async (
  client: pg.Client,
  service: string,
  passwordOf: (role: string) => string,
): Promise<void> => {
  const database = client.escapeIdentifier(service)
  const roles = roleKinds.map((kind) => `${service}_${kind}`)
  const existing = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles WHERE rolname = ANY($1)', [
    roles,
  ])
  const known = new Set(existing.rows.map(({ rolname }) => rolname))
  for (const role of roles) {
    const verb = known.has(role) ? 'ALTER' : 'CREATE'
    const rights = 'LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE'
    const password = client.escapeLiteral(passwordOf(role))
    await client.query(`${verb} ROLE ${client.escapeIdentifier(role)} ${rights} PASSWORD ${password}`)
  }
  const [owner, ...others] = roles.map((role) => client.escapeIdentifier(role))
  await client.query(`CREATE DATABASE ${database} OWNER ${owner}`)
  // No service may so much as connect to another's database.
  await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`)
  await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${others.join(', ')}`)
}
