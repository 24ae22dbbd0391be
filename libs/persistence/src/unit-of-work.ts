import { InvalidRequest, isUuid } from '@iama/kernel'
import pg from 'pg'
import type { DataSource, EntityManager } from 'typeorm'
import { ConcurrentUpdate, DatabaseUnavailable, isDatabaseAway } from './errors.ts'

/** One transaction in the name of one tenant. `stores` are the adapters that take part in it. */
export interface UnitOfWork<Stores> {
  /**
   * Runs `work` in one transaction that sees and writes the rows of `tenantId` alone.
   * Commits when it resolves, rolls back when it rejects.
   * @throws DatabaseUnavailable when PostgreSQL is away; the outcome of a commit is then unknown.
   */
  run<Result>(tenantId: string, work: (stores: Stores) => Promise<Result>): Promise<Result>
}

/**
 * The transaction opens with a single simple query, so that the tenant costs no round trip of its own.
 * The setting is local to the transaction: it works behind PgBouncer in transaction mode.
 */
export class PostgresUnitOfWork<Stores> implements UnitOfWork<Stores> {
  readonly #dataSource: DataSource
  readonly #stores: (manager: EntityManager, tenantId: string) => Stores

  constructor(dataSource: DataSource, stores: (manager: EntityManager, tenantId: string) => Stores) {
    this.#dataSource = dataSource
    this.#stores = stores
  }

  async run<Result>(tenantId: string, work: (stores: Stores) => Promise<Result>): Promise<Result> {
    return await inTransaction(this.#dataSource, openForTenant(tenantId), (manager) =>
      work(this.#stores(manager, tenantId)),
    )
  }
}

const openForTenant = (tenantId: string): string => {
  if (!isUuid(tenantId)) {
    throw new InvalidRequest([{ field: 'tenant_id', reason: 'is not a UUID', fix: 'send the id of your tenant' }])
  }
  return `BEGIN; SELECT set_config('app.tenant_id', ${pg.escapeLiteral(tenantId)}, true)`
}

/**
 * A transaction without a tenant: row-level security then shows no tenant's row. Only for what is listed in
 * the service's file of exceptions (security-definer look-ups, the relay's own role, catalogues).
 */
export const withoutTenant = async <Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> => await inTransaction(dataSource, 'BEGIN', work)

const inTransaction = async <Result>(
  dataSource: DataSource,
  open: string,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> => {
  const runner = dataSource.createQueryRunner()
  let broken = false
  try {
    const client = (await runner.connect()) as pg.PoolClient
    await client.query(open)
    // TypeORM must know, or its own helpers would open and commit a transaction of their own.
    const active = runner as { isTransactionActive: boolean }
    active.isTransactionActive = true
    try {
      const result = await work(runner.manager)
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {
        broken = true // the pool must not hand this connection out again
      })
      throw error
    } finally {
      active.isTransactionActive = false
    }
  } catch (error) {
    throw isDatabaseAway(error) ? new DatabaseUnavailable('the database is away; try again') : error
  } finally {
    if (broken)
      await (runner as unknown as { releasePostgresConnection(e: Error): Promise<void> }).releasePostgresConnection(
        new Error('rollback failed'),
      )
    else await runner.release()
  }
}

/**
 * Repeats `work` when somebody else was faster: it reads and decides again.
 * @param attempts how often at the most, the first time included
 */
export const retryOnConflict = async <Result>(work: () => Promise<Result>, attempts = 8): Promise<Result> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ConcurrentUpdate) || attempt >= attempts) throw error
    }
  }
}
