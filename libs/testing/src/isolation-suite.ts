import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { sideDoors } from './isolation-doors.ts'
import { insertRow, tablesOf, type SampleTable } from './isolation-rows.ts'

export interface IsolationOptions {
  /** Asked when the tests run, for the database is usually made in `beforeAll`: a superuser's, and the service's. */
  readonly urls: () => { readonly superuser: string; readonly app: string }
  /**
   * What the service may see or change across tenants, each with the reason: a table, `view <name>` or
   * `function <name>`. The list must be exact: what is excepted and needs no exception fails too.
   */
  readonly exceptions?: Readonly<Record<string, string>>
}

const TENANT_A = '018f2d5c-0000-7000-8000-00000000000a'
const TENANT_B = '018f2d5c-0000-7000-8000-00000000000b'

/**
 * Declares tests that try every table of a database. A row of tenant A is put in behind the policies' back; then the
 * service's role, without a tenant and as tenant B, reads, updates, deletes and inserts. Nothing stays in the database.
 */
export const isolationSuite = ({ urls, exceptions = {} }: IsolationOptions): void => {
  describe('isolation of tenants', () => {
    let superuser: pg.Client

    beforeAll(async () => {
      superuser = new pg.Client({ connectionString: urls().superuser })
      await superuser.connect()
    })

    afterAll(async () => await superuser.end())

    it('binds the service to a role that owns nothing and cannot bypass the policies', async () => {
      expect(await bindingOf(urls().app)).toEqual({
        owns: 0,
        memberOf: 0,
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
      })
    })

    it('shows no row to nobody and to another tenant, and lets neither write, in any table', async () => {
      const role = decodeURIComponent(new URL(urls().app).username)
      const tables = await tablesOf(superuser)
      expect(tables.length).toBeGreaterThan(0)
      const leaks: Record<string, string[]> = await sideDoors(superuser, role)
      for (const table of tables) {
        const found = await leaksOf(superuser, role, table)
        if (found.length > 0) leaks[table.name] = found
      }
      const unexpected = Object.entries(leaks).filter(([name]) => !(name in exceptions))
      expect(Object.fromEntries(unexpected)).toEqual({})
      // An exception that is none would hide the next leak.
      expect(Object.keys(exceptions).filter((name) => !(name in leaks))).toEqual([])
    })
  })
}

const bindingOf = async (url: string): Promise<unknown> => {
  const app = new pg.Client({ connectionString: url })
  await app.connect()
  try {
    const { rows } = await app.query(
      `SELECT rolsuper, rolbypassrls, rolcreaterole,
         (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS "memberOf",
         (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid)
           + (SELECT count(*)::int FROM pg_proc WHERE proowner = r.oid)
           + (SELECT count(*)::int FROM pg_namespace WHERE nspowner = r.oid) AS owns
       FROM pg_roles r WHERE rolname = current_user`,
    )
    return rows[0]
  } finally {
    await app.end()
  }
}

/** How the table lets somebody at what is not theirs; empty when it does not. */
const leaksOf = async (superuser: pg.Client, role: string, table: SampleTable): Promise<string[]> => {
  const leaks: string[] = []
  await superuser.query('BEGIN')
  try {
    await insertSamples(superuser, table)
    await superuser.query(`SET LOCAL ROLE ${pg.escapeIdentifier(role)}`)
    for (const [who, tenant, attempts] of [
      ['nobody', '', attemptsOn(table)],
      ['another tenant', TENANT_B, [...attemptsOn(table), ...gifts(table)]],
    ] as const) {
      for (const attempt of attempts) {
        const rows = await tryAs(superuser, tenant, attempt)
        const own = tenant === TENANT_B ? attempt.own : 0
        if (rows > own) leaks.push(`${who} ${attempt.verb} ${rows - own} of tenant A`)
      }
    }
    // Without this a table that hides everything from everybody would pass for a safe one.
    const seen = await tryAs(superuser, TENANT_A, {
      verb: 'reads',
      text: `SELECT 1 FROM ${table.sql}`,
      values: [],
      own: 1,
    })
    if (seen === 0 && (await maySelect(superuser, table))) leaks.push('tenant A does not see its own row')
  } finally {
    await superuser.query('ROLLBACK')
  }
  return leaks
}

/** A row of each tenant, without foreign keys, triggers and checks: only the policies are tried here. */
const insertSamples = async (superuser: pg.Client, table: SampleTable): Promise<void> => {
  for (const check of table.checks) {
    await superuser.query(`ALTER TABLE ${table.sql} DROP CONSTRAINT ${pg.escapeIdentifier(check)}`)
  }
  await superuser.query(`SET LOCAL session_replication_role = replica`)
  for (const tenant of hasTenant(table) ? [TENANT_A, TENANT_B] : [TENANT_A]) {
    await superuser.query(insertRow(table, tenant))
  }
  await superuser.query(`SET LOCAL session_replication_role = origin`)
}

const hasTenant = (table: SampleTable): boolean => table.columns.some(({ name }) => name === 'tenant_id')

interface Attempt {
  readonly verb: string
  readonly text: string
  readonly values: unknown[]
  /** Rows that tenant B may touch with it: its own. */
  readonly own: number
}

const attemptsOn = (table: SampleTable): Attempt[] => {
  const own = hasTenant(table) ? 1 : 0
  return [
    { verb: 'reads', text: `SELECT 1 FROM ${table.sql}`, values: [], own },
    // Each column by itself, for a grant may name one of them.
    ...table.columns.map(({ name }) => ({
      verb: `updates ${name} of`,
      text: `UPDATE ${table.sql} SET ${pg.escapeIdentifier(name)} = DEFAULT`,
      values: [],
      own,
    })),
    { verb: 'deletes', text: `DELETE FROM ${table.sql}`, values: [], own },
    { verb: 'inserts', ...insertRow(table, TENANT_A), own: 0 },
  ]
}

/** A tenant that moves its own row to another one. */
const gifts = (table: SampleTable): Attempt[] =>
  hasTenant(table)
    ? [{ verb: 'gives away', text: `UPDATE ${table.sql} SET tenant_id = $1`, values: [TENANT_A], own: 0 }]
    : []

const POLICY_OR_PRIVILEGE = '42501'

/** Rows that the statement touched. What the policies or a privilege refuse is none; nothing of it stays. */
const tryAs = async (client: pg.Client, tenant: string, { text, values, own }: Attempt): Promise<number> => {
  await client.query('SAVEPOINT attempt')
  try {
    await client.query(`SELECT set_config('app.tenant_id', $1, true)`, [tenant])
    return (await client.query(text, values)).rowCount ?? 0
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    if (code === POLICY_OR_PRIVILEGE) return 0
    // A constraint or a trigger refused the row, so the policies had let it through; one's own is allowed.
    if (/^(23|P0)/.test(code)) return own === 0 ? 1 : own
    throw error
  } finally {
    await client.query('ROLLBACK TO SAVEPOINT attempt')
  }
}

const maySelect = async (client: pg.Client, table: SampleTable): Promise<boolean> => {
  const { rows } = await client.query<{ may: boolean }>(`SELECT has_any_column_privilege($1, 'SELECT') AS may`, [
    table.sql,
  ])
  return rows[0]?.may === true
}
