export { createDataSource, runMigrations, type DatabaseOptions, type MigrationOptions } from './data-source.ts'
export {
  ConcurrentUpdate,
  DatabaseUnavailable,
  isDatabaseAway,
  sqlState,
  TransactionWasAborted,
  UNIQUE_VIOLATION,
} from './errors.ts'
export { optimisticUpdate } from './optimistic-update.ts'
export { CURRENT_TENANT, rolesOf, tenantTable, type DatabaseRoles, type Privilege } from './schema.ts'
export { PostgresUnitOfWork, retryOnConflict, withoutTenant, type UnitOfWork } from './unit-of-work.ts'
