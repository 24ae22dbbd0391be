import type { ProviderKey } from '../domain/provider-key.ts'
import type { Offer } from '../domain/route.ts'

/** What a tenant can be served with at the moment. */
export interface TenantOffers {
  /** In the order of preference. */
  readonly offers: readonly Offer[]
  /** Models that would serve it, had it stored its own key for their provider. */
  readonly waiting: readonly Offer[]
  /** The last characters of each key that it has stored, by provider; empty for a short key. */
  readonly hints: ReadonlyMap<string, string>
}

/** What tenants are offered: that of a provider which takes keys of tenants only to those that have stored one. */
export interface Offers {
  /** Whatever anybody is offered, in the order of preference. */
  readonly all: readonly Offer[]
  /** From memory for a tenant that came lately. @throws KeysUnavailable */
  of(tenantId: string): Promise<TenantOffers>
}

/** The keys of tenants, as they are kept. */
export interface ProviderKeys {
  /** Keeps a key in place of the one before, and announces that. */
  set(tenantId: string, provider: string, key: ProviderKey, userId: string): Promise<void>
  /** Removes a key and announces that. @returns whether there was one */
  remove(tenantId: string, provider: string, userId: string): Promise<boolean>
}
