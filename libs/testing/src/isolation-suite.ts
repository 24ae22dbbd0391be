import { describe, expect, it } from '@jest/globals'
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
      const { leaks, tried } = await findLeaks(urls())
      expect(tried).toBeGreaterThan(0)
      const unexpected = Object.entries(leaks).filter(([name]) => !(name in exceptions))
      expect(Object.fromEntries(unexpected)).toEqual({})
      // An exception that is none would hide the next leak.
      expect(Object.keys(exceptions).filter((name) => !(name in leaks))).toEqual([])
    })
  })
}

/** What the role of `app` can see or change across tenants, by name; and how many tables were tried. */
export const findLeaks = async (
  urls: ReturnType<IsolationOptions['urls']>,
): Promise<{ leaks: Record<string, string[]>; tried: number }> => {
  const superuser = new pg.Client({ connectionString: urls.superuser })
  await superuser.connect()
  try {
    const role = decodeURIComponent(new URL(urls.app).username)
    const tables = await tablesOf(superuser)
    const leaks = await sideDoors(superuser, role)
    for (const table of tables) {
      const found = await leaksOf(superuser, role, table)
      if (found.length > 0) leaks[table.name] = found
    }
    return { leaks, tried: tables.length }
  } finally {
    await superuser.end()
  }
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
  const tryAll = async (who: string, tenant: string, attempts: readonly Attempt[]): Promise<void> => {
    for (const attempt of attempts) {
      if (await touches(superuser, tenant, attempt)) leaks.push(`${who} ${attempt.verb} a row of tenant A`)
    }
  }
  await superuser.query('BEGIN')
  try {
    await insertSample(superuser, table, TENANT_A)
    await superuser.query(`SET LOCAL ROLE ${pg.escapeIdentifier(role)}`)
    await tryAll('nobody', '', attemptsOn(table))
    await tryAll('another tenant', TENANT_B, attemptsOn(table))
    // Without this a table that hides everything from everybody would pass for a safe one.
    if ((await maySelect(superuser, table)) && !(await touches(superuser, TENANT_A, reading(table)))) {
      leaks.push('tenant A does not see its own row')
    }
    if (table.columns.some(({ name }) => name === 'tenant_id')) {
      await superuser.query('SET LOCAL ROLE NONE')
      await insertSample(superuser, table, TENANT_B)
      await superuser.query(`SET LOCAL ROLE ${pg.escapeIdentifier(role)}`)
      await tryAll('another tenant', TENANT_B, [giving(table)])
    }
  } finally {
    await superuser.query('ROLLBACK')
  }
  return leaks
}

/** A row without foreign keys, triggers and checks: only the policies are tried here. */
const insertSample = async (superuser: pg.Client, table: SampleTable, tenant: string): Promise<void> => {
  for (const check of table.checks) {
    await superuser.query(`ALTER TABLE ${table.sql} DROP CONSTRAINT IF EXISTS ${pg.escapeIdentifier(check)}`)
  }
  await superuser.query(`SET LOCAL session_replication_role = replica`)
  await superuser.query(insertRow(table, tenant))
  await superuser.query(`SET LOCAL session_replication_role = origin`)
}

interface Attempt {
  readonly verb: string
  readonly text: string
  readonly values: unknown[]
}

const reading = (table: SampleTable): Attempt => ({ verb: 'reads', text: `SELECT 1 FROM ${table.sql}`, values: [] })

const attemptsOn = (table: SampleTable): Attempt[] => [
  reading(table),
  // Each column by itself, for a grant may name one of them; to its default, for that needs no right to read.
  ...table.columns.map(({ name }) => ({
    verb: `updates ${name} of`,
    text: `UPDATE ${table.sql} SET ${pg.escapeIdentifier(name)} = DEFAULT`,
    values: [],
  })),
  { verb: 'deletes', text: `DELETE FROM ${table.sql}`, values: [] },
  { verb: 'inserts', ...insertRow(table, TENANT_A) },
]

/** A tenant that moves its own row to another one. */
const giving = (table: SampleTable): Attempt => ({
  verb: 'turns its own row into',
  text: `UPDATE ${table.sql} SET tenant_id = $1`,
  values: [TENANT_A],
})

const POLICY_OR_PRIVILEGE = '42501'

/** Whether the statement reached a row. What a policy or a privilege refuses does not; nothing of it stays. */
const touches = async (client: pg.Client, tenant: string, { text, values }: Attempt): Promise<boolean> => {
  await client.query('SAVEPOINT attempt')
  try {
    await client.query(`SELECT set_config('app.tenant_id', $1, true)`, [tenant])
    return ((await client.query(text, values)).rowCount ?? 0) > 0
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    if (code === POLICY_OR_PRIVILEGE) return false
    // A constraint or a trigger refused the row, so the policies had let it through.
    if (/^(23|P0)/.test(code)) return true
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
