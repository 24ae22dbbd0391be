import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { TooManyRequests } from './errors.ts'

/**
 * Requests of a credential, or of an address where there is none, counted by all gateways together. While Redis is
 * away each gateway counts for itself.
 */
export class RateLimit {
  readonly #limiter: RateLimiterRedis

  constructor(redis: Redis, { requests: points, seconds: duration }: { requests: number; seconds: number }) {
    const keyPrefix = 'gateway'
    this.#limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix,
      points,
      duration,
      // who is over the limit costs Redis nothing more
      inMemoryBlockOnConsumed: points + 1,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration }),
    })
  }

  /** @throws TooManyRequests */
  async take(key: string): Promise<void> {
    try {
      await this.#limiter.consume(key)
    } catch (refused) {
      if (refused instanceof RateLimiterRes)
        throw new TooManyRequests(Math.max(1, Math.ceil(refused.msBeforeNext / 1_000)))
      throw refused
    }
  }
}
