import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'

const COMMAND_TIMEOUT_MS = 500

export interface RedisOptions {
  /** Told once each time that Redis goes away. */
  readonly away?: () => void
  /** Told when it is there again. */
  readonly back?: () => void
  /** Before every key: routers with databases of their own must not settle each other's calls. */
  readonly keyPrefix?: string
  /** No command takes longer, in milliseconds: a Redis that hangs must not hold calls up. 500 unless said otherwise. */
  readonly commandTimeoutMs?: number
}

/** The client that circuits and budgets need: what cannot be sent at once fails at once, and nothing is sent twice. */
export const openRedis = (url: string, options: RedisOptions = {}): Redis => {
  const { keyPrefix = '', commandTimeoutMs = COMMAND_TIMEOUT_MS, ...on } = options
  const redis = new Redis(url, {
    keyPrefix,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // A command in flight when the connection breaks is reported as failed; to send it again is up to its sender.
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: true,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 1_000,
    disconnectTimeout: 500,
    retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
  })
  let away = false
  redis.on('error', () => {
    if (!away) on.away?.()
    away = true
  })
  redis.on('ready', () => {
    if (away) on.back?.()
    away = false
  })
  return redis
}

/** A Lua script: sent by its hash, and in full when the server does not know it. */
export class RedisScript {
  readonly #text: string
  readonly #sha: string

  constructor(text: string) {
    this.#text = text
    this.#sha = createHash('sha1').update(text).digest('hex')
  }

  /** @throws Error of the client, also when no answer came in time: whether it has run is then not known */
  async run(redis: Redis, key: string, ...args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.#sha, 1, key, ...args)
    } catch (error) {
      if (!String((error as Error).message).startsWith('NOSCRIPT')) throw error
      return await redis.eval(this.#text, 1, key, ...args)
    }
  }
}
