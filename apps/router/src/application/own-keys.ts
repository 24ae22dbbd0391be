import { ProviderKey, requireOwnKeyProvider } from '../domain/provider-key.ts'
import type { Offers, ProviderKeys } from './offer-ports.ts'

/** Who changes what the tenant's models are called with. */
export interface KeyHolder {
  readonly tenantId: string
  readonly userId: string
}

/** A tenant's own keys for providers: given, replaced and taken back. */
export class OwnKeys {
  readonly #keys: ProviderKeys
  readonly #offers: Offers

  constructor(keys: ProviderKeys, offers: Offers) {
    this.#keys = keys
    this.#offers = offers
  }

  /** @returns the hint of the key. @throws InvalidRequest, which does not quote it */
  async set({ tenantId, userId }: KeyHolder, provider: string, text: string): Promise<string> {
    requireOwnKeyProvider(provider, this.#offers.all)
    const key = ProviderKey.parse(text)
    await this.#keys.set(tenantId, provider, key, userId)
    return key.hint
  }

  /**
   * Also for a provider that takes no keys any more: what was stored for it can still go.
   * @returns whether there was one
   */
  async remove({ tenantId, userId }: KeyHolder, provider: string): Promise<boolean> {
    const removed = await this.#keys.remove(tenantId, provider, userId)
    if (!removed) requireOwnKeyProvider(provider, this.#offers.all)
    return removed
  }
}
