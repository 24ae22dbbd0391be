import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Addresses of the real servers that test suites share. */
export interface TestServers {
  /** The superuser's url: it creates databases and roles, nothing else. */
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly redisUrl: string
  /** `host:port` */
  readonly temporalAddress: string
}

const root = path.resolve(import.meta.dirname, '../../..')

/**
 * The servers that `npm test` brought up and told in the environment, else those of a running stack.
 * @throws Error that says what to type
 */
export const testServers = (): TestServers => {
  // eslint-disable-next-line no-restricted-syntax -- `npm test` has no other way to tell a suite
  const { IAMA_POSTGRES_URL, IAMA_NATS_URL, IAMA_REDIS_URL, IAMA_TEMPORAL_ADDRESS } = process.env
  if (IAMA_POSTGRES_URL && IAMA_NATS_URL) {
    return {
      postgresUrl: IAMA_POSTGRES_URL,
      natsUrl: IAMA_NATS_URL,
      redisUrl: IAMA_REDIS_URL ?? '',
      temporalAddress: IAMA_TEMPORAL_ADDRESS ?? '',
    }
  }
  const running = runningStack(path.join(root, '.iama/stack.json'))
  if (running) return running
  throw new Error('this test needs real servers: type `npm run stack -- up --servers`, or run all by `npm test`')
}

const runningStack = (file: string): TestServers | undefined => {
  if (!existsSync(file)) return undefined
  const stack = JSON.parse(readFileSync(file, 'utf8')) as TestServers & { supervisor: number }
  return stack.supervisor > 0 && isAlive(stack.supervisor) ? stack : undefined
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
