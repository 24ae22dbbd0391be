import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { root } from '../workspace.ts'
import { asSuperuser, createDatabase, databaseUrls, type DatabaseUrls } from './databases.ts'
import { runningStack } from './info.ts'
import { runsDir } from './runs.ts'
import { startStack, type Stack, type StackOptions } from './stack.ts'

/** Addresses of real servers that test suites share. */
export interface TestServers {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly redisUrl: string
  readonly temporalAddress: string
}

/** The environment through which `npm test` tells every suite where the servers are. */
export const testEnvironment = (servers: TestServers): Record<string, string> => ({
  IAMA_POSTGRES_URL: servers.postgresUrl,
  IAMA_NATS_URL: servers.natsUrl,
  IAMA_REDIS_URL: servers.redisUrl,
  IAMA_TEMPORAL_ADDRESS: servers.temporalAddress,
})

/**
 * The servers that `npm test` brought up, or those of `npm run stack -- up --servers` when a suite runs by itself.
 * @throws Error that says how to bring them up
 */
export const testServers = (): TestServers => {
  const { IAMA_POSTGRES_URL, IAMA_NATS_URL, IAMA_REDIS_URL, IAMA_TEMPORAL_ADDRESS } = process.env
  if (IAMA_POSTGRES_URL && IAMA_NATS_URL && IAMA_REDIS_URL && IAMA_TEMPORAL_ADDRESS) {
    return {
      postgresUrl: IAMA_POSTGRES_URL,
      natsUrl: IAMA_NATS_URL,
      redisUrl: IAMA_REDIS_URL,
      temporalAddress: IAMA_TEMPORAL_ADDRESS,
    }
  }
  const info = runningStack(path.join(root, '.iama/stack'))
  if (info === undefined)
    throw new Error('this test needs real servers: npm run stack -- up --servers (npm test does it by itself)')
  return info
}

/** A database of a service for one suite alone, with the service's usual roles; empty until it is migrated. */
export const testDatabase = async (service: string): Promise<{ urls: DatabaseUrls; drop: () => Promise<void> }> => {
  const { postgresUrl } = testServers()
  const database = `${service}_${randomBytes(6).toString('hex')}`
  await createDatabase(postgresUrl, service, database)
  const drop = (): Promise<void> =>
    asSuperuser(postgresUrl, async (client) => {
      await client.query(`DROP DATABASE ${client.escapeIdentifier(database)} WITH (FORCE)`)
    })
  return { urls: databaseUrls(postgresUrl, service, database), drop }
}

/**
 * A stack of a test's own, for suites that kill, stop and wipe servers or services: nobody else uses it, and
 * addresses in the environment are not taken over.
 */
export const startOwnStack = async (
  options: Pick<StackOptions, 'services' | 'replicas' | 'settings'> & { readonly durable?: boolean },
): Promise<Stack> => {
  mkdirSync(runsDir, { recursive: true })
  const dir = path.join(runsDir, `${process.pid}-${randomBytes(3).toString('hex')}`)
  return startStack({ durable: false, ...options, dir, keep: false, own: true })
}
