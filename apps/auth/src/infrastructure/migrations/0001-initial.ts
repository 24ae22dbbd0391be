import { outboxSchema } from '@iama/messaging'
import { rolesOf, tenantTable } from '@iama/persistence'
import type { MigrationInterface, QueryRunner } from 'typeorm'

const roles = rolesOf('auth')

/**
 * A look-up across tenants: its owner may see the table, whoever calls it learns ids alone. The parameter is `$1`, for
 * a name would mean the column where the table has one of that name.
 */
const lookUp = (name: string, table: string, id: string, column: string): string[] => [
  `CREATE POLICY ${name} ON ${table} FOR SELECT TO ${roles.owner} USING (true)`,
  `CREATE FUNCTION ${name}(text) RETURNS TABLE (tenant_id uuid, id uuid) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$ SELECT tenant_id, ${id} FROM ${table} WHERE ${column} = $1 $$`,
  `REVOKE ALL ON FUNCTION ${name}(text) FROM public`,
  `GRANT EXECUTE ON FUNCTION ${name}(text) TO ${roles.app}`,
]

const statements = [
  `CREATE TABLE tenants (
    tenant_id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL
  )`,
  ...tenantTable('tenants', roles, ['select', 'insert', 'update']),
  `CREATE TABLE users (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    email_hash text NOT NULL UNIQUE,
    email_sealed bytea NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'maintainer', 'developer', 'viewer', 'auditor')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
  )`,
  ...tenantTable('users', roles, ['select', 'insert', 'update']),
  ...lookUp('find_user_by_email', 'users', 'id', 'email_hash'),
  `CREATE TABLE sessions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('OPEN', 'REVOKED')),
    current_hash text NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users
  )`,
  ...tenantTable('sessions', roles, ['select', 'insert', 'update']),
  `CREATE TABLE refresh_tokens (
    tenant_id uuid NOT NULL,
    session_id uuid NOT NULL,
    hash text NOT NULL UNIQUE,
    generation integer NOT NULL,
    PRIMARY KEY (tenant_id, session_id, generation),
    FOREIGN KEY (tenant_id, session_id) REFERENCES sessions
  )`,
  ...tenantTable('refresh_tokens', roles, ['select', 'insert']),
  ...lookUp('find_session_by_token', 'refresh_tokens', 'session_id', 'hash'),
  `CREATE TABLE api_keys (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    secret_hash text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users
  )`,
  ...tenantTable('api_keys', roles, ['select', 'insert', 'update']),
  ...lookUp('find_api_key_by_secret', 'api_keys', 'id', 'secret_hash'),
  `CREATE TABLE data_keys (
    tenant_id uuid NOT NULL,
    version integer NOT NULL,
    wrapped bytea NOT NULL,
    PRIMARY KEY (tenant_id, version)
  )`,
  ...tenantTable('data_keys', roles, ['select', 'insert']),
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
