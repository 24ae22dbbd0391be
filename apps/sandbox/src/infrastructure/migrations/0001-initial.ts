import { inboxSchema, outboxSchema } from '@iama/messaging'
import { rolesOf, tenantTable } from '@iama/persistence'
import type { MigrationInterface, QueryRunner } from 'typeorm'

const roles = rolesOf('sandbox')

const statements = [
  `CREATE TABLE sessions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    job_id uuid NOT NULL,
    request_id text NOT NULL,
    address text NOT NULL,
    status text NOT NULL,
    end_reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
  )`,
  // a request has one living session at each replica
  `CREATE UNIQUE INDEX sessions_of_request ON sessions (tenant_id, request_id, address)
    WHERE status IN ('PROVISIONING', 'READY')`,
  ...tenantTable('sessions', roles, ['select', 'insert', 'update']),
  `CREATE TABLE wipe_evidence (
    tenant_id uuid NOT NULL,
    session_id uuid NOT NULL,
    reason text NOT NULL,
    files bigint NOT NULL,
    directories bigint NOT NULL,
    symlinks bigint NOT NULL,
    bytes bigint NOT NULL,
    processes_killed integer NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    verification jsonb NOT NULL,
    PRIMARY KEY (tenant_id, session_id),
    FOREIGN KEY (tenant_id, session_id) REFERENCES sessions
  )`,
  ...tenantTable('wipe_evidence', roles, ['select', 'insert']),
  `CREATE TABLE dependency_cache_index (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    address text NOT NULL,
    packages integer NOT NULL,
    bytes bigint NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key, address)
  )`,
  ...tenantTable('dependency_cache_index', roles),
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
