import pg from 'pg'
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm'

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` of the role that the service works as. */
  readonly url: string
  readonly entities: readonly EntitySchema[]
  /** Connections at the most. */
  readonly poolSize?: number
}

/** A data source that never touches the schema: migrations are a command of their own. */
export const createDataSource = async (options: DatabaseOptions): Promise<DataSource> => {
  const dataSource = new DataSource({
    type: 'postgres',
    driver: pg,
    url: options.url,
    entities: [...options.entities],
    synchronize: false,
    poolSize: options.poolSize ?? 10,
    connectTimeoutMS: 5_000,
    extra: { idleTimeoutMillis: 30_000, keepAlive: true },
    // The driver reports broken idle connections here; the pool replaces them by itself.
    poolErrorHandler: () => undefined,
  })
  return await dataSource.initialize()
}

export interface MigrationOptions {
  /** The url of the role that owns the tables. */
  readonly url: string
  /** In order. */
  readonly migrations: readonly (new () => MigrationInterface)[]
}

/** Runs what has not run yet, each migration in its own transaction. Returns the names of those. */
export const runMigrations = async (options: MigrationOptions): Promise<string[]> => {
  const dataSource = new DataSource({
    type: 'postgres',
    driver: pg,
    url: options.url,
    migrations: [...options.migrations] as (new () => MigrationInterface)[],
    synchronize: false,
    connectTimeoutMS: 5_000,
  })
  await dataSource.initialize()
  try {
    const done = await dataSource.runMigrations({ transaction: 'each' })
    return done.map((migration) => migration.name)
  } finally {
    await dataSource.destroy()
  }
}
