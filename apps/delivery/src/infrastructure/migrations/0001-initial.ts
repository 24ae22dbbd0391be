import { outboxSchema } from '@iama/messaging'
import { rolesOf, tenantTable } from '@iama/persistence'
import type { MigrationInterface, QueryRunner } from 'typeorm'

const roles = rolesOf('delivery')

const statements = [
  `CREATE TABLE deliveries (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('PREPARED', 'APPLIED', 'REVERTED')),
    manifest text NOT NULL,
    patch text NOT NULL,
    base_tree_hash text NOT NULL,
    patched_tree_hash text NOT NULL,
    patch_sha256 text NOT NULL,
    verdict_sha256 text NOT NULL,
    spec_revision text NOT NULL,
    engine text NOT NULL,
    prepared_at timestamptz NOT NULL,
    applied_at timestamptz,
    reverted_at timestamptz,
    PRIMARY KEY (tenant_id, job_id)
  )`,
  ...tenantTable('deliveries', roles, ['select', 'insert', 'update']),
  ...outboxSchema(roles),
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
