import path from 'node:path'
import { Redis } from 'ioredis'
import { freePort, programIn, startOwned, type OwnedProcess } from './servers-process.ts'
import { eventually } from './servers-wait.ts'

/** A Redis of a test's own, to be emptied, stopped in its tracks, and killed. It keeps nothing on the disk. */
export interface RedisServer {
  readonly url: string
  /** FLUSHALL: what was in it is lost. */
  wipe(): Promise<void>
  /** From now on it takes commands and answers nothing, until `goOn`. */
  pause(): void
  goOn(): void
  /** SIGKILL; all that was in it is lost. */
  kill(): Promise<void>
  /** Starts again on the same port, empty. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Starts a private server. */
export const startRedisServer = async (): Promise<RedisServer> => {
  const program = redisProgram()
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let running: OwnedProcess | undefined
  const server: RedisServer = {
    url,
    wipe: () => withClient(url, async (redis) => void (await redis.flushall())),
    pause: () => process.kill(running!.pid, 'SIGSTOP'),
    goOn: () => process.kill(running!.pid, 'SIGCONT'),
    kill: async () => {
      await running?.kill('SIGKILL')
      running = undefined
    },
    start: async () => {
      const owned = startOwned(program, [
        '--bind',
        '127.0.0.1',
        '--port',
        String(port),
        '--save',
        '',
        '--appendonly',
        'no',
      ])
      running = owned
      await eventually('Redis answers', () => withClient(url, (redis) => redis.ping())).catch((error: Error) => {
        throw new Error(`${error.message}\n${owned.output()}`)
      })
    },
    stop: async () => await server.kill(),
  }
  await server.start()
  return server
}

const withClient = async <Result>(url: string, use: (redis: Redis) => Promise<Result>): Promise<Result> => {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    disconnectTimeout: 100,
  })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    return await use(redis)
  } finally {
    redis.disconnect()
  }
}

const redisProgram = (): string => {
  // eslint-disable-next-line no-restricted-syntax -- where programs are is told by the environment alone
  const { PATH = '' } = process.env
  const program = programIn('redis-server', [...PATH.split(path.delimiter), '/usr/sbin'])
  if (program) return program
  throw new Error('this test needs redis-server on PATH: install Redis 7 or newer')
}
