import type { Clock, Ids } from '@iama/kernel'
import { periodStart, type Plan } from '../domain/plan.ts'
import { assertUsable, limitReached, QuotaExhausted } from '../domain/quota.ts'
import type { QuotaMeter, Stores, UnitOfWork } from './ports.ts'

/** How long a reservation is kept before it may be expired, once its job is final: 7 days. */
const RESERVATION_MS = 7 * 86_400_000

export interface Reserved {
  readonly reservationId: string
  readonly plan: Plan
  readonly expiresAt: Date
}

/**
 * Reserves one job: under the tenant's lock, so that any concurrency leaves exactly the limit. Repeating it gives the
 * same reservation.
 */
export class Reserve {
  readonly #unitOfWork: UnitOfWork
  readonly #ids: Ids
  readonly #clock: Clock
  readonly #meter: QuotaMeter
  readonly #usualTier: string

  constructor(unitOfWork: UnitOfWork, ids: Ids, clock: Clock, meter: QuotaMeter, usualTier: string) {
    this.#unitOfWork = unitOfWork
    this.#ids = ids
    this.#clock = clock
    this.#meter = meter
    this.#usualTier = usualTier
  }

  async execute(tenantId: string, jobId: string): Promise<Reserved> {
    const outcome = await this.#unitOfWork.run(tenantId, (stores) => this.#decide(stores, jobId))
    const tier = outcome instanceof QuotaExhausted ? outcome.metadata['tier']! : outcome.plan.tier
    this.#meter.count(tier, 'reserve', outcome instanceof QuotaExhausted ? 'exhausted' : 'success')
    if (outcome instanceof QuotaExhausted) throw outcome // after the commit: that it was refused is a fact
    return outcome
  }

  async #decide(stores: Stores, jobId: string): Promise<Reserved | QuotaExhausted> {
    const { reservations, plans, announcements } = stores
    const now = this.#clock.now()
    await reservations.lock()
    const plan = await plans.ofTenant(this.#usualTier)
    const earlier = await reservations.ofJob(jobId)
    if (earlier) {
      assertUsable(earlier)
      return { reservationId: earlier.id, plan, expiresAt: expiry(earlier.reservedAt) }
    }
    const limit = limitReached(plan, await reservations.usage(periodStart(now)))
    if (limit) {
      await announcements.announce({ type: 'quota.exhausted', jobId, tier: plan.tier, limit }, now)
      return new QuotaExhausted(limit, plan)
    }
    const reservation = { id: this.#ids.next(), jobId, state: 'ACTIVE', reservedAt: now } as const
    await reservations.add(reservation, expiry(now))
    const fact = { type: 'quota.reserved', reservationId: reservation.id, jobId, tier: plan.tier } as const
    await announcements.announce(fact, now)
    return { reservationId: reservation.id, plan, expiresAt: expiry(now) }
  }
}

const expiry = (reservedAt: Date): Date => new Date(reservedAt.getTime() + RESERVATION_MS)
