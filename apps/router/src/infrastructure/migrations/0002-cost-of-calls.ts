import type { MigrationInterface, QueryRunner } from 'typeorm'

/** A generation becomes a call of a model: what it cost in detail, and the sums that budgets are rebuilt from. */
export class CostOfCalls1764000000000 implements MigrationInterface {
  readonly name = 'CostOfCalls1764000000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE generations
      ADD COLUMN cached_tokens bigint NOT NULL DEFAULT 0,
      ADD COLUMN reasoning_tokens bigint NOT NULL DEFAULT 0,
      ADD COLUMN first_token_ms bigint,
      ADD COLUMN estimated boolean NOT NULL DEFAULT false,
      ADD COLUMN prompt text NOT NULL DEFAULT '',
      ADD COLUMN attempt integer NOT NULL DEFAULT 0,
      ALTER COLUMN job_id DROP NOT NULL`)
    // a month's sum is read from the index alone
    await runner.query(`CREATE INDEX generations_month ON generations (tenant_id, at) INCLUDE (cost_micros, id)`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX generations_month')
    await runner.query(`ALTER TABLE generations
      DROP COLUMN cached_tokens, DROP COLUMN reasoning_tokens, DROP COLUMN first_token_ms, DROP COLUMN estimated,
      DROP COLUMN prompt, DROP COLUMN attempt, ALTER COLUMN job_id SET NOT NULL`)
  }
}
