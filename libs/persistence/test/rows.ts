import type { TestDatabase } from '@iama/testing/servers'
import { EntitySchema, type MigrationInterface, type QueryRunner } from 'typeorm'
import { rolesOf, tenantTable } from '../src/index.ts'

/** The service of these tests; its roles are real roles of the server. */
export const SERVICE = 'notes'

export interface NoteRow {
  tenant_id: string
  id: string
  text: string
  version: number
}

export const noteRows = new EntitySchema<NoteRow>({
  name: 'notes',
  columns: {
    tenant_id: { type: 'uuid', primary: true },
    id: { type: 'uuid', primary: true },
    text: { type: 'text' },
    version: { type: 'integer' },
  },
})

const roles = rolesOf(SERVICE)

export class Notes1763700000000 implements MigrationInterface {
  readonly name = 'Notes1763700000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE notes (tenant_id uuid NOT NULL, id uuid NOT NULL, text text NOT NULL, version integer NOT NULL,
         PRIMARY KEY (tenant_id, id))`,
    )
    for (const statement of tenantTable('notes', roles)) await runner.query(statement)
  }

  async down(): Promise<void> {
    throw new Error('not taken back')
  }
}

export const TENANT = '018f2d5c-1111-7000-8000-000000000001'
export const OTHER_TENANT = '018f2d5c-2222-7000-8000-000000000002'
export const NOTE = '018f2d5c-3333-7000-8000-000000000003'

/** Puts the database into the state that each test starts from: one note of one tenant. */
export const onlyOneNote = async (database: TestDatabase): Promise<void> => {
  await database.query('TRUNCATE notes')
  await database.query(`INSERT INTO notes VALUES ($1, $2, 'first', 1)`, [TENANT, NOTE])
}
