import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { rolesOf, tenantTable } from '@iama/persistence'
import { findLeaks } from '../src/isolation-suite.ts'
import { createTestDatabase, type TestDatabase } from '../src/servers.ts'

const roles = rolesOf('leaky')
const isTenant = `tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid`

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase('leaky', [])
  const table = (name: string): string =>
    `CREATE TABLE ${name} (tenant_id uuid NOT NULL, id int PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('a', 'b')))`
  for (const statement of [
    `SET ROLE leaky_owner`,
    table('safe'),
    ...tenantTable('safe', roles),
    `CREATE TABLE safe_child (tenant_id uuid NOT NULL, id int PRIMARY KEY REFERENCES safe, at timestamptz NOT NULL)`,
    ...tenantTable('safe_child', roles, ['select', 'insert']),
    table('untouchable'),
    // Planted: each lets somebody in by one way alone.
    table('without_policies'),
    `GRANT select, insert ON without_policies TO leaky_app`,
    table('open_to_writes'),
    `ALTER TABLE open_to_writes ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY reads ON open_to_writes FOR SELECT TO leaky_app USING (${isTenant})`,
    `CREATE POLICY writes ON open_to_writes FOR INSERT TO leaky_app WITH CHECK (true)`,
    `GRANT select, insert ON open_to_writes TO leaky_app`,
    table('blind_updates'),
    `GRANT update (kind) ON blind_updates TO leaky_app`,
    table('gives_away'),
    `ALTER TABLE gives_away ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY mine ON gives_away TO leaky_app USING (${isTenant}) WITH CHECK (true)`,
    `GRANT select, update ON gives_away TO leaky_app`,
    table('hides_all'),
    `ALTER TABLE hides_all ENABLE ROW LEVEL SECURITY`,
    `GRANT select ON hides_all TO leaky_app`,
    `CREATE TABLE parted (tenant_id uuid NOT NULL, day date NOT NULL) PARTITION BY RANGE (day)`,
    `CREATE TABLE parted_rest PARTITION OF parted DEFAULT`,
    ...tenantTable('parted', roles),
    `GRANT select ON parted_rest TO leaky_app`,
    `CREATE VIEW all_of_it AS SELECT * FROM safe`,
    `GRANT select ON all_of_it TO leaky_app`,
    `CREATE VIEW mine_of_it WITH (security_invoker = true) AS SELECT * FROM safe`,
    `GRANT select ON mine_of_it TO leaky_app`,
    `CREATE FUNCTION look() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM safe'`,
    table('truncated'),
    ...tenantTable('truncated', roles),
    `GRANT truncate ON truncated TO leaky_app`,
    `RESET ROLE`,
  ]) {
    await database.query(statement)
  }
})

afterAll(async () => await database?.drop())

describe('the isolation suite', () => {
  it('finds each planted way around the policies, and nothing where there is none', async () => {
    const before = await database.query('SELECT count(*) FROM safe')
    const { leaks, tried } = await findLeaks(database.urls)
    expect(tried).toBe(11) // these ten and the list of migrations
    expect(leaks).toEqual({
      without_policies: expect.arrayContaining(['nobody reads a row of tenant A', 'nobody inserts a row of tenant A']),
      open_to_writes: ['nobody inserts a row of tenant A', 'another tenant inserts a row of tenant A'],
      blind_updates: ['nobody updates kind of a row of tenant A', 'another tenant updates kind of a row of tenant A'],
      gives_away: expect.arrayContaining(['another tenant turns its own row into a row of tenant A']),
      hides_all: ['tenant A does not see its own row'],
      parted_rest: [expect.stringContaining('grant on this partition')],
      'view all_of_it': [expect.stringContaining('security_invoker')],
      'function look': [expect.stringContaining('rights of its owner')],
      'table truncated': [expect.stringContaining('truncate')],
    })
    expect(await database.query('SELECT count(*) FROM safe')).toEqual(before)
  })
})
