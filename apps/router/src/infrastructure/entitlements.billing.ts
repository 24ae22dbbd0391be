import type { QuotaService } from '@iama/contracts/iama/billing/v1/quota'
import type { Clock } from '@iama/kernel'
import type { Client } from '@iama/rpc'
import type { Entitlement, Entitlements } from '../application/ports.ts'
import { contextCaps, type Tier } from '../domain/route.ts'

/** How long an answer is taken to hold, in milliseconds: whoever changes a tier or a limit waits no longer. */
const KNOWN_MS = 15_000
const MOST_TENANTS = 10_000

interface Known {
  readonly until: number
  readonly entitlement: Promise<Entitlement>
}

/** What billing says that a tenant may use, remembered for a while. */
export class BillingEntitlements implements Entitlements {
  readonly #quota: Pick<Client<typeof QuotaService>, 'getEntitlements'>
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()

  constructor(quota: Pick<Client<typeof QuotaService>, 'getEntitlements'>, clock: Clock) {
    this.#quota = quota
    this.#clock = clock
  }

  of(tenantId: string): Promise<Entitlement> {
    const now = this.#clock.now().getTime()
    const known = this.#known.get(tenantId)
    if (known && now < known.until) return known.entitlement
    const asked: Known = { until: now + KNOWN_MS, entitlement: this.#ask(tenantId) }
    this.#known.delete(tenantId) // the oldest stands first
    this.#known.set(tenantId, asked)
    if (this.#known.size > MOST_TENANTS) this.#known.delete(this.#known.keys().next().value!)
    asked.entitlement.catch(() => {
      // an answer that failed is not remembered
      if (this.#known.get(tenantId) === asked) this.#known.delete(tenantId)
    })
    return asked.entitlement
  }

  async #ask(tenantId: string): Promise<Entitlement> {
    const { plan, monthBudgetMicros } = await this.#quota.getEntitlements({ tenantId }, { idempotent: true })
    return {
      tier: plan && isTier(plan.tier) ? plan.tier : undefined,
      monthMicros: monthBudgetMicros > 0n ? Number(monthBudgetMicros) : undefined,
    }
  }
}

const isTier = (text: string): text is Tier => Object.hasOwn(contextCaps, text)
