import pg from 'pg'
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm'
import { translated } from './errors.ts'

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` of the role that the service works as. */
  readonly url: string
  readonly entities: readonly EntitySchema[]
  /** Connections at the most. */
  readonly poolSize?: number
}

/**
 * A data source that never touches the schema: migrations are a command of their own.
 * @throws DatabaseUnavailable when PostgreSQL is away
 */
export const createDataSource = async (options: DatabaseOptions): Promise<DataSource> =>
  await opened(
    new DataSource({
      type: 'postgres',
      driver: pg,
      url: options.url,
      entities: [...options.entities],
      synchronize: false,
      migrationsRun: false,
      // The service's role may not, and needs no extension.
      installExtensions: false,
      poolSize: options.poolSize ?? 10,
      connectTimeoutMS: 5_000,
      // Pipelined, the first statement of a transaction travels together with its BEGIN.
      extra: { idleTimeoutMillis: 30_000, keepAlive: true, pipeline: true },
      // The driver reports broken idle connections here; the pool replaces them by itself.
      poolErrorHandler: () => undefined,
    }),
  )

export interface MigrationOptions {
  /** The url of the role that owns the tables. */
  readonly url: string
  /** In order. */
  readonly migrations: readonly (new () => MigrationInterface)[]
}

// Any number, as long as every migrating process takes the same.
const MIGRATION_LOCK = 4_906_318

/**
 * Runs what has not run yet, each migration in its own transaction; of several processes at once one does it and the
 * others wait. Returns the names of those that ran.
 * @throws DatabaseUnavailable when PostgreSQL is away
 */
export const runMigrations = async (options: MigrationOptions): Promise<string[]> => {
  const dataSource = await opened(
    new DataSource({
      type: 'postgres',
      driver: pg,
      url: options.url,
      migrations: [...options.migrations] as (new () => MigrationInterface)[],
      synchronize: false,
      installExtensions: false,
      connectTimeoutMS: 5_000,
    }),
  )
  const lock = dataSource.createQueryRunner()
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    const done = await dataSource.runMigrations({ transaction: 'each' })
    return done.map((migration) => migration.name)
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined)
    await lock.release()
    await dataSource.destroy()
  }
}

const opened = async (dataSource: DataSource): Promise<DataSource> => {
  try {
    return await dataSource.initialize()
  } catch (error) {
    throw translated(error)
  }
}
