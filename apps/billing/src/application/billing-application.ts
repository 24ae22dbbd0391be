import type { Clock, Ids } from '@iama/kernel'
import type { LedgerEntry } from '../domain/ledger.ts'
import { periodStart, type Plan } from '../domain/plan.ts'
import { EndReservation } from './end-reservation.ts'
import type { QuotaMeter, UnitOfWork } from './ports.ts'
import { Reserve } from './reserve.ts'
import { Settle } from './settle.ts'

/** A tenant's month. */
export interface UsageReport {
  readonly periodStart: Date
  readonly plan: Plan
  readonly jobsUsed: number
  readonly jobsActive: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costMicros: number
  readonly currency: string
}

/** Every use case of the service. */
export class BillingApplication {
  readonly reserve: Reserve
  readonly endReservation: EndReservation
  readonly settle: Settle
  readonly #unitOfWork: UnitOfWork
  readonly #clock: Clock
  readonly #usualTier: string

  constructor(unitOfWork: UnitOfWork, ids: Ids, clock: Clock, meter: QuotaMeter, usualTier: string) {
    this.reserve = new Reserve(unitOfWork, ids, clock, meter, usualTier)
    this.endReservation = new EndReservation(unitOfWork, clock)
    this.settle = new Settle(unitOfWork, ids, clock, usualTier)
    this.#unitOfWork = unitOfWork
    this.#clock = clock
    this.#usualTier = usualTier
  }

  async plan(tenantId: string): Promise<Plan> {
    return await this.#unitOfWork.run(tenantId, ({ plans }) => plans.ofTenant(this.#usualTier))
  }

  async plans(tenantId: string): Promise<Plan[]> {
    return await this.#unitOfWork.run(tenantId, ({ plans }) => plans.all())
  }

  async usage(tenantId: string): Promise<UsageReport> {
    const start = periodStart(this.#clock.now())
    return await this.#unitOfWork.run(tenantId, async ({ plans, reservations, usage }) => {
      const { month, active } = await reservations.usage(start)
      const plan = await plans.ofTenant(this.#usualTier)
      return { periodStart: start, plan, jobsUsed: month, jobsActive: active, ...(await usage.totals(start)) }
    })
  }

  /** Newest first; the page token is the last id of the page before. */
  async ledger(tenantId: string, size: number, token: string): Promise<{ entries: LedgerEntry[]; next: string }> {
    const found = await this.#unitOfWork.run(tenantId, ({ ledger }) => ledger.list(size + 1, token || undefined))
    const entries = found.slice(0, size)
    return { entries, next: found.length > size ? entries.at(-1)!.id : '' }
  }
}
