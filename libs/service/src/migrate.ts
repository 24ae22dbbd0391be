import { runMigrations, type MigrationOptions } from '@iama/persistence'
import { z } from 'zod'
import { readEnvironment } from './settings.ts'

/** The migrate command of a service: `DATABASE_URL` is that of the role that owns the tables. */
export const migrateFromEnvironment = async (
  service: string,
  migrations: MigrationOptions['migrations'],
): Promise<void> => {
  const { DATABASE_URL: url } = readEnvironment(service, z.object({ DATABASE_URL: z.string() }), process.env)
  const done = await runMigrations({ url, migrations })
  process.stdout.write(`${service}: ${done.length === 0 ? 'nothing to migrate' : done.join(', ')}\n`)
}
