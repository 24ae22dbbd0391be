import type { Clock } from '@iama/kernel'
import type { Offers, ProviderKeys, TenantOffers } from '../application/offer-ports.ts'
import { KeysUnavailable, type ProviderKey } from '../domain/provider-key.ts'
import type { Offer } from '../domain/route.ts'

/** How long a key that was read may be used: one that is removed works no longer elsewhere. In milliseconds. */
export const KEYS_KNOWN_MS = 15_000
const MOST_TENANTS = 10_000

/** The keys that tenants are called with. */
export interface TenantKeys {
  /** Undefined when the tenant has none for the provider, or no longer. @throws KeysUnavailable */
  keyOf(tenantId: string, provider: string): Promise<ProviderKey | undefined>
}

/** Keys as they are kept for good. */
export interface KeptKeys extends ProviderKeys {
  /** By provider. */
  read(tenantId: string): Promise<ReadonlyMap<string, ProviderKey>>
}

interface Ring {
  readonly keys: ReadonlyMap<string, ProviderKey>
  readonly offered: TenantOffers
}

interface Known {
  readonly until: number
  readonly ring: Promise<Ring>
}

/**
 * Each tenant's keys and what they unlock, remembered for a while so that a call costs no round trip. What this replica
 * changes it knows at once. Without a provider that takes keys of tenants nothing is ever read.
 */
export class KeyRing implements Offers, TenantKeys, ProviderKeys {
  readonly all: readonly Offer[]
  readonly #kept: KeptKeys
  readonly #clock: Clock
  readonly #onTrouble: (error: Error) => void
  readonly #known = new Map<string, Known>()
  /** Tenants that had no key when theirs were last read. */
  readonly #keyless = new Set<string>()
  /** Of a system where no tenant brings keys. */
  readonly #same: TenantOffers | undefined

  /** @param offers in the order of preference */
  constructor(
    offers: readonly Offer[],
    parts: { readonly kept: KeptKeys; readonly clock: Clock; readonly onTrouble: (error: Error) => void },
  ) {
    this.all = offers
    this.#kept = parts.kept
    this.#clock = parts.clock
    this.#onTrouble = parts.onTrouble
    const takesKeys = offers.some(({ keyOf }) => keyOf === 'tenant')
    this.#same = takesKeys ? undefined : { offers, waiting: [], hints: new Map() }
  }

  async of(tenantId: string): Promise<TenantOffers> {
    return this.#same ?? (await this.#ringOf(tenantId)).offered
  }

  async keyOf(tenantId: string, provider: string): Promise<ProviderKey | undefined> {
    return (await this.#ringOf(tenantId)).keys.get(provider)
  }

  async set(tenantId: string, provider: string, key: ProviderKey, userId: string): Promise<void> {
    try {
      await this.#kept.set(tenantId, provider, key, userId)
    } finally {
      this.#known.delete(tenantId) // also when nobody can tell whether it was kept
      this.#keyless.delete(tenantId)
    }
  }

  async remove(tenantId: string, provider: string, userId: string): Promise<boolean> {
    try {
      return await this.#kept.remove(tenantId, provider, userId)
    } finally {
      this.#known.delete(tenantId)
    }
  }

  #ringOf(tenantId: string): Promise<Ring> {
    const now = this.#clock.now().getTime()
    const known = this.#known.get(tenantId)
    if (known && now < known.until) return known.ring
    const read: Known = { until: now + KEYS_KNOWN_MS, ring: this.#read(tenantId) }
    this.#known.delete(tenantId) // the oldest stands first
    this.#known.set(tenantId, read)
    if (this.#known.size > MOST_TENANTS) this.#known.delete(this.#known.keys().next().value!)
    const forget = (): void => {
      if (this.#known.get(tenantId) === read) this.#known.delete(tenantId)
    }
    // keys in clear do not stay for a tenant that does not come again
    setTimeout(forget, KEYS_KNOWN_MS).unref()
    read.ring.catch(forget)
    return read.ring
  }

  /** A tenant that had no key goes on without while none can be read: its calls take the same way as before. */
  async #read(tenantId: string): Promise<Ring> {
    try {
      const keys = await this.#kept.read(tenantId)
      this.#keyless.delete(tenantId)
      if (keys.size === 0) this.#keyless.add(tenantId)
      if (this.#keyless.size > MOST_TENANTS) this.#keyless.delete(this.#keyless.values().next().value!)
      return this.#ringWith(keys)
    } catch (error) {
      this.#onTrouble(error as Error)
      if (this.#keyless.has(tenantId)) return this.#ringWith(new Map())
      throw new KeysUnavailable()
    }
  }

  #ringWith(keys: ReadonlyMap<string, ProviderKey>): Ring {
    const isWaiting = ({ keyOf, provider }: Offer): boolean => keyOf === 'tenant' && !keys.has(provider)
    const hints = new Map([...keys].map(([provider, { hint }]) => [provider, hint]))
    const offers = this.all.filter((offer) => !isWaiting(offer))
    return { keys, offered: { offers, waiting: this.all.filter(isWaiting), hints } }
  }
}
