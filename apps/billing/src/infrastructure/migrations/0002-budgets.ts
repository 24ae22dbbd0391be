import { rolesOf, tenantTable } from '@iama/persistence'
import type { MigrationInterface, QueryRunner } from 'typeorm'

const roles = rolesOf('billing')

const statements = [
  // calls that belong to no job are paid for all the same
  `ALTER TABLE usage_records ALTER COLUMN job_id DROP NOT NULL`,
  `CREATE TABLE budgets (
    tenant_id uuid PRIMARY KEY,
    month_micros bigint NOT NULL CHECK (month_micros >= 0),
    set_at timestamptz NOT NULL
  )`,
  ...tenantTable('budgets', roles, ['select', 'insert', 'update']),
]

export class Budgets1795200000000 implements MigrationInterface {
  readonly name = 'Budgets1795200000000'

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE budgets`)
    await runner.query(`DELETE FROM usage_records WHERE job_id IS NULL`)
    await runner.query(`ALTER TABLE usage_records ALTER COLUMN job_id SET NOT NULL`)
  }
}
