import { inboxSchema, outboxSchema } from '@iama/messaging'
import { rolesOf, tenantTable } from '@iama/persistence'
import type { MigrationInterface, QueryRunner } from 'typeorm'

const roles = rolesOf('compliance')

const statements = [
  `CREATE TABLE audit_heads (
    tenant_id uuid PRIMARY KEY,
    records bigint NOT NULL,
    hash bytea NOT NULL
  )`,
  ...tenantTable('audit_heads', roles, ['select', 'insert', 'update']),
  `CREATE TABLE audit_records (
    tenant_id uuid NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    event_id uuid NOT NULL,
    type text NOT NULL,
    source text NOT NULL,
    subject text NOT NULL,
    occurred_at timestamptz NOT NULL,
    payload bytea NOT NULL,
    payload_sha256 bytea NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, position),
    UNIQUE (tenant_id, event_id)
  )`,
  // Append-only: what was written is never changed or taken away by the service.
  ...tenantTable('audit_records', roles, ['select', 'insert']),
  ...outboxSchema(roles),
  ...inboxSchema(roles),
]

export class Initial1763700000000 implements MigrationInterface {
  readonly name = 'Initial1763700000000'

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement)
  }

  async down(): Promise<void> {
    throw new Error('the first migration is not taken back: drop the database')
  }
}
