import { InvalidRequest, isUuid } from '@iama/kernel'
import pg from 'pg'
import type { DataSource, EntityManager, QueryRunner } from 'typeorm'
import { ConcurrentUpdate, TransactionWasAborted, translated } from './errors.ts'

/** One transaction in the name of one tenant. `stores` are the adapters that take part in it. */
export interface UnitOfWork<Stores> {
  /**
   * Runs `work` in one transaction that sees and writes the rows of `tenantId` alone.
   * Commits when it resolves, rolls back when it rejects.
   * @throws DatabaseUnavailable when PostgreSQL is away; the outcome of a commit is then unknown
   * @throws ConcurrentUpdate when it was the victim of a deadlock
   * @throws TransactionWasAborted when `work` swallowed the error of a statement
   */
  run<Result>(tenantId: string, work: (stores: Stores) => Promise<Result>): Promise<Result>
}

/**
 * The transaction opens with a single simple query, so that the tenant costs no round trip of its own, and that query
 * shares the round trip of the first statement. The settings are local to the transaction: they work behind PgBouncer
 * in transaction mode.
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
  return `BEGIN; SELECT set_config('app.tenant_id', ${pg.escapeLiteral(tenantId)}, true), ${LIMITS}`
}

/** No statement and no pause between two statements may hold a transaction open for ever. */
const LIMITS = `set_config('statement_timeout', '30s', true), set_config('idle_in_transaction_session_timeout', '60s', true)`

/**
 * A transaction without a tenant: row-level security then shows no tenant's row. Only for what is listed in
 * the service's file of exceptions (security-definer look-ups, the relay's own role, catalogues).
 */
export const withoutTenant = async <Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> => await inTransaction(dataSource, `BEGIN; SELECT ${LIMITS}`, work)

const inTransaction = async <Result>(
  dataSource: DataSource,
  open: string,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> => {
  const runner = dataSource.createQueryRunner()
  let client: pg.PoolClient | undefined
  let lost: Error | undefined
  // TypeORM then gives the connection back at once, and says of the next statement only that it came too late.
  const onLost = (error: Error): void => void (lost ??= error)
  try {
    client = (await runner.connect()) as pg.PoolClient
    client.once('error', onLost)
    // Not awaited: the first statement of the work goes out behind it in the same round trip. Should the opening fail,
    // the connection is lost or the transaction aborted, and what follows fails too.
    const opening = client.query(open)
    opening.catch(() => undefined)
    // TypeORM must know, or its own helpers would open and commit a transaction of their own.
    const active = runner as { isTransactionActive: boolean }
    active.isTransactionActive = true
    try {
      const result = await work(runner.manager)
      await opening
      await commit(client)
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch(async (failure: Error) => await abandon(runner, failure))
      await opening // its error is the reason when there are two
      throw error
    } finally {
      active.isTransactionActive = false
    }
  } catch (error) {
    throw translated(lost ?? error)
  } finally {
    client?.off('error', onLost)
    await runner.release()
  }
}

const commit = async (client: pg.PoolClient): Promise<void> => {
  const { command } = await client.query('COMMIT')
  if (command !== 'COMMIT') {
    throw new TransactionWasAborted('nothing was committed: an error of a statement was caught and forgotten')
  }
}

/** The pool must not hand this connection out again. */
const abandon = async (runner: QueryRunner, reason: Error): Promise<void> => {
  await (runner as unknown as { releasePostgresConnection(error: Error): Promise<void> }).releasePostgresConnection(
    reason,
  )
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
