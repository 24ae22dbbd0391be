/* Where tests find the real servers, and how they get databases and private servers. Production never loads it. */
export { testServers, type TestServers } from './servers-addresses.ts'
export { createTestDatabase, type TestDatabase } from './servers-database.ts'
export { startNatsServer, type NatsServer, type NatsServerOptions } from './servers-nats.ts'
export { startPgBouncer, type PgBouncer, type PgBouncerOptions } from './servers-pgbouncer.ts'
export { startPostgresServer, type PostgresServer, type PostgresServerOptions } from './servers-postgres.ts'
export { startS3Server, type S3Credentials, type S3Server } from './servers-s3.ts'
export { forkScript, type ForkedScript } from './servers-process.ts'
export { eventually } from './servers-wait.ts'
