/** The roles of a service's database. Only `owner` owns anything; `app` and `relay` are bound by the policies. */
export interface DatabaseRoles {
  readonly owner: string
  /** What the service works as. */
  readonly app: string
  /** What the outbox relay works as: it sees all tenants, and only the outbox. */
  readonly relay: string
}

/** The names by convention, for example `jobs_app`. */
export const rolesOf = (service: string): DatabaseRoles => ({
  owner: `${service}_owner`,
  app: `${service}_app`,
  relay: `${service}_relay`,
})

/** The tenant of the transaction; null, so no row, when none is set. A pooled connection leaves '' behind. */
export const CURRENT_TENANT = `nullif(current_setting('app.tenant_id', true), '')::uuid`

/** What the service may do with a table's rows; append-only tables leave out update and delete. */
export type Privilege = 'select' | 'insert' | 'update' | 'delete'

/**
 * The statements that put a table with a `tenant_id` under forced row-level security and grant it to the service.
 * Run them after CREATE TABLE.
 */
export const tenantTable = (
  table: string,
  roles: DatabaseRoles,
  privileges: readonly Privilege[] = ['select', 'insert', 'update', 'delete'],
): string[] => [
  `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
  `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
  `CREATE POLICY tenant_only ON ${table} TO ${roles.app} USING (tenant_id = ${CURRENT_TENANT}) WITH CHECK (tenant_id = ${CURRENT_TENANT})`,
  `GRANT ${privileges.join(', ')} ON ${table} TO ${roles.app}`,
]
