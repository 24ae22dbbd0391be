import { outboxSchema } from '@iama/messaging'
import { rolesOf, tenantTable } from '@iama/persistence'
import type { MigrationInterface, QueryRunner } from 'typeorm'

const roles = rolesOf('router')

const statements = [
  `CREATE TABLE generations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    job_id uuid NOT NULL,
    request_id text NOT NULL,
    phase text NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_micros bigint NOT NULL,
    currency text NOT NULL,
    milliseconds bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
  )`,
  `CREATE INDEX generations_job ON generations (tenant_id, job_id)`,
  ...tenantTable('generations', roles, ['select', 'insert']),
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
