import { inboxSchema, outboxSchema } from '@iama/messaging'
import { rolesOf, tenantTable } from '@iama/persistence'
import type { MigrationInterface, QueryRunner } from 'typeorm'

const roles = rolesOf('billing')

const statements = [
  `CREATE TABLE plans (
    tier text PRIMARY KEY,
    position integer NOT NULL UNIQUE,
    context_tokens bigint NOT NULL,
    routes text[] NOT NULL,
    sandboxes text[] NOT NULL,
    jobs_per_month integer,
    jobs_at_once integer NOT NULL,
    price_micros bigint NOT NULL,
    currency text NOT NULL
  )`,
  `GRANT select ON plans TO ${roles.app}`,
  `INSERT INTO plans VALUES
    ('free',       1,  128000, '{L1}',       '{local}',        10,    1, 0, 'USD'),
    ('plus',       2,  128000, '{L1,L2}',    '{local}',        100,   2, 0, 'USD'),
    ('pro',        3,  200000, '{L1,L2}',    '{local,remote}', 500,   5, 0, 'USD'),
    ('max',        4,  200000, '{L1,L2,L3}', '{local,remote}', 2000, 10, 0, 'USD'),
    ('enterprise', 5, 1000000, '{L1,L2,L3}', '{local,remote}', null, 50, 0, 'USD')`,
  `CREATE TABLE subscriptions (
    tenant_id uuid PRIMARY KEY,
    tier text NOT NULL REFERENCES plans,
    since timestamptz NOT NULL
  )`,
  ...tenantTable('subscriptions', roles, ['select', 'insert', 'update']),
  `CREATE TABLE reservations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    job_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('ACTIVE', 'CONSUMED', 'RELEASED', 'EXPIRED')),
    reserved_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, job_id)
  )`,
  `CREATE INDEX reservations_month ON reservations (tenant_id, reserved_at) WHERE state IN ('ACTIVE', 'CONSUMED')`,
  ...tenantTable('reservations', roles, ['select', 'insert', 'update']),
  `CREATE TABLE ledger_entries (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    job_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('job', 'reversal')),
    amount_micros bigint NOT NULL,
    currency text NOT NULL,
    debit_account text NOT NULL,
    credit_account text NOT NULL CHECK (credit_account <> debit_account),
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, job_id, kind)
  )`,
  ...tenantTable('ledger_entries', roles, ['select', 'insert']),
  `CREATE TABLE usage_records (
    tenant_id uuid NOT NULL,
    usage_id uuid NOT NULL,
    job_id uuid NOT NULL,
    phase text NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_micros bigint NOT NULL,
    currency text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, usage_id)
  )`,
  `CREATE INDEX usage_records_at ON usage_records (tenant_id, at)`,
  ...tenantTable('usage_records', roles, ['select', 'insert']),
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
