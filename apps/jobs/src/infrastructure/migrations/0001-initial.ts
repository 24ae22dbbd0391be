import { inboxSchema, outboxSchema } from '@iama/messaging'
import { rolesOf, tenantTable } from '@iama/persistence'
import type { MigrationInterface, QueryRunner } from 'typeorm'

const roles = rolesOf('jobs')

const statements = [
  `CREATE TABLE jobs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    log_sequence bigint NOT NULL,
    state text NOT NULL,
    name text NOT NULL,
    snapshot_id uuid NOT NULL,
    aggregate jsonb NOT NULL,
    documents jsonb NOT NULL,
    last_seen_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
  )`,
  ...tenantTable('jobs', roles, ['select', 'insert', 'update']),
  `CREATE TABLE job_log (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    sequence bigint NOT NULL,
    at timestamptz NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('event', 'progress')),
    entry jsonb NOT NULL,
    documents jsonb NOT NULL,
    PRIMARY KEY (tenant_id, job_id, sequence),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs
  )`,
  ...tenantTable('job_log', roles, ['select', 'insert']),
  `CREATE TABLE job_log_batches (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    batch_id text NOT NULL,
    PRIMARY KEY (tenant_id, job_id, batch_id)
  )`,
  ...tenantTable('job_log_batches', roles, ['select', 'insert']),
  `CREATE TABLE job_requests (
    tenant_id uuid NOT NULL,
    request_id uuid NOT NULL,
    job_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, request_id)
  )`,
  ...tenantTable('job_requests', roles, ['select', 'insert']),
  `CREATE TABLE snapshots (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    request_id uuid NOT NULL,
    manifest text NOT NULL,
    entries jsonb NOT NULL,
    missing integer NOT NULL CHECK (missing >= 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, request_id)
  )`,
  ...tenantTable('snapshots', roles, ['select', 'insert', 'update']),
  `CREATE TABLE snapshot_missing (
    tenant_id uuid NOT NULL,
    snapshot_id uuid NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (tenant_id, snapshot_id, sha256)
  )`,
  ...tenantTable('snapshot_missing', roles, ['select', 'insert', 'delete']),
  `CREATE TABLE snapshot_parts (
    tenant_id uuid NOT NULL,
    snapshot_id uuid NOT NULL,
    sha256 text NOT NULL,
    part_offset bigint NOT NULL,
    address text NOT NULL,
    size bigint NOT NULL,
    PRIMARY KEY (tenant_id, snapshot_id, sha256, part_offset)
  )`,
  ...tenantTable('snapshot_parts', roles, ['select', 'insert', 'delete']),
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
