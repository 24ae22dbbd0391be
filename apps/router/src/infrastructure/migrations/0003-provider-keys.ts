import { rolesOf, tenantTable } from '@iama/persistence'
import type { MigrationInterface, QueryRunner } from 'typeorm'

const statements = [
  `CREATE TABLE provider_keys (
    tenant_id uuid NOT NULL,
    provider text NOT NULL,
    key_sealed bytea NOT NULL,
    hint text NOT NULL,
    set_by uuid NOT NULL,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, provider)
  )`,
  ...tenantTable('provider_keys', rolesOf('router')),
]

/** The tenants' own keys for providers, sealed. */
export class ProviderKeys1764200000000 implements MigrationInterface {
  readonly name = 'ProviderKeys1764200000000'

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE provider_keys')
  }
}
