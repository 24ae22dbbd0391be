import type { QuotaService } from '@iama/contracts/iama/billing/v1/quota'
import type { Clock } from '@iama/kernel'
import type { Client } from '@iama/rpc'
import type { Allowances } from '../application/ports.ts'

/** How long a limit is taken to hold, in milliseconds: whoever lowers it waits no longer. */
const KNOWN_MS = 15_000
const MOST_TENANTS = 10_000

/** What billing says that a tenant may spend, remembered for a while. */
export class BillingAllowances implements Allowances {
  readonly #quota: Client<typeof QuotaService>
  readonly #clock: Clock
  readonly #known = new Map<string, { readonly until: number; readonly limit: Promise<number | undefined> }>()

  constructor(quota: Client<typeof QuotaService>, clock: Clock) {
    this.#quota = quota
    this.#clock = clock
  }

  async monthMicros(tenantId: string): Promise<number | undefined> {
    const now = this.#clock.now().getTime()
    const known = this.#known.get(tenantId)
    if (known && now < known.until) return await known.limit
    const limit = this.#ask(tenantId)
    this.#known.delete(tenantId) // the oldest stands first
    this.#known.set(tenantId, { until: now + KNOWN_MS, limit })
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_TENANTS) break
      this.#known.delete(oldest)
    }
    limit.catch(() => this.#known.delete(tenantId)) // an answer that failed is not remembered
    return await limit
  }

  async #ask(tenantId: string): Promise<number | undefined> {
    const { monthBudgetMicros } = await this.#quota.getEntitlements({ tenantId }, { idempotent: true })
    return monthBudgetMicros > 0n ? Number(monthBudgetMicros) : undefined
  }
}
