import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
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
 * A stack of a test's own, for suites that kill, stop and wipe servers or services: nobody else uses it, and
 * addresses in the environment are not taken over.
 */
export const startOwnStack = async (
  options: Pick<StackOptions, 'services' | 'replicas' | 'settings' | 'spans' | 'modelsFile'> & {
    readonly durable?: boolean
  },
): Promise<Stack> => {
  mkdirSync(runsDir, { recursive: true })
  const dir = path.join(runsDir, `${process.pid}-${randomBytes(3).toString('hex')}`)
  return startStack({ durable: false, ...options, dir, keep: false, own: true })
}

/** The whole system, `jobs` and `sandbox` twice; each process writes its spans to `spans.jsonl` in the stack's folder. */
export const startOwnSystem = async (settings: NonNullable<StackOptions['settings']> = {}): Promise<Stack> =>
  startOwnStack({ services: true, durable: true, replicas: { jobs: 2, sandbox: 2 }, settings, spans: true })
