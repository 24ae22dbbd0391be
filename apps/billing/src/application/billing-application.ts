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
  /** The most that models may cost in the month, in micro-units of USD; 0 means no limit. */
  readonly monthBudgetMicros: number
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
    return await this.#unitOfWork.run(tenantId, async ({ plans, reservations, usage, budgets }) => {
      const { month, active } = await reservations.usage(start)
      const plan = await plans.ofTenant(this.#usualTier)
      const monthBudgetMicros = await budgets.monthMicros()
      const totals = await usage.totals(start)
      return { periodStart: start, plan, jobsUsed: month, jobsActive: active, ...totals, monthBudgetMicros }
    })
  }

  /** What a tenant may use, and may spend on models in a month. */
  async entitlements(tenantId: string): Promise<{ plan: Plan; monthBudgetMicros: number }> {
    return await this.#unitOfWork.run(tenantId, async ({ plans, budgets }) => ({
      plan: await plans.ofTenant(this.#usualTier),
      monthBudgetMicros: await budgets.monthMicros(),
    }))
  }

  /** @param monthMicros micro-units of USD; 0 takes the limit away */
  async setBudget(tenantId: string, userId: string, monthMicros: number): Promise<void> {
    const at = this.#clock.now()
    await this.#unitOfWork.run(tenantId, async ({ budgets, announcements }) => {
      await budgets.setMonth(monthMicros, at)
      await announcements.announce({ type: 'budget.changed', userId, monthMicros }, at)
    })
  }

  /** Newest first; the page token is the last id of the page before. */
  async ledger(tenantId: string, size: number, token: string): Promise<{ entries: LedgerEntry[]; next: string }> {
    const found = await this.#unitOfWork.run(tenantId, ({ ledger }) => ledger.list(size + 1, token || undefined))
    const entries = found.slice(0, size)
    return { entries, next: found.length > size ? entries.at(-1)!.id : '' }
  }
}
