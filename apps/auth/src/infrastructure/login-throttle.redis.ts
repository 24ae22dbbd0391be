import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { LoginThrottle } from '../application/ports.ts'
import { TooManyLogins } from '../domain/errors.ts'

const WINDOW_SECONDS = 15 * 60
const PER_EMAIL = 10
const PER_PEER = 100

/**
 * Attempts to sign in, counted for an address and for a peer, by all replicas together. While Redis is away each
 * replica counts for itself: nobody is locked out, and guessing stays slow.
 */
export class RedisLoginThrottle implements LoginThrottle {
  readonly #byEmail: RateLimiterRedis
  readonly #byPeer: RateLimiterRedis

  constructor(redis: Redis) {
    this.#byEmail = limiter(redis, 'login:email', PER_EMAIL)
    this.#byPeer = limiter(redis, 'login:peer', PER_PEER)
  }

  async take(emailHash: string, peer: string): Promise<void> {
    try {
      await this.#byPeer.consume(peer)
      await this.#byEmail.consume(emailHash)
    } catch (refused) {
      if (refused instanceof RateLimiterRes) throw new TooManyLogins(Math.ceil(refused.msBeforeNext / 1_000))
      throw refused
    }
  }

  async forgive(emailHash: string): Promise<void> {
    await this.#byEmail.delete(emailHash)
  }
}

const limiter = (redis: Redis, keyPrefix: string, points: number): RateLimiterRedis =>
  new RateLimiterRedis({
    storeClient: redis,
    keyPrefix,
    points,
    duration: WINDOW_SECONDS,
    insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration: WINDOW_SECONDS }),
  })
