import type { Offer } from '../domain/route.ts'
import { targetOf, type Circuits } from './circuits.ts'
import type { Offers, TenantOffers } from './offer-ports.ts'
import type { ChatModel } from './ports.ts'

/** Whose key a model is called with. */
export type KeySource = 'none' | 'platform' | 'own' | 'missing'

export interface ListedModel {
  readonly offer: Offer
  /** Empty for the offline engine. */
  readonly endpoint: string
  /** `closed`, `open` or `half-open`; empty for the offline engine. */
  readonly circuit: string
  readonly keySource: KeySource
  /** The last characters of the tenant's own key; empty for a short one, and for any other. */
  readonly keyHint: string
}

/**
 * The models in the order of preference with what the tenant's circuits know, and the offline engine last. A model
 * that waits for the tenant's key is among them.
 */
export class ListModels {
  readonly #models: readonly ChatModel[]
  readonly #offline: Offer
  readonly #circuits: Circuits
  readonly #offers: Offers

  constructor(models: readonly ChatModel[], offline: Offer, circuits: Circuits, offers: Offers) {
    this.#models = models
    this.#offline = offline
    this.#circuits = circuits
    this.#offers = offers
  }

  /** @throws KeysUnavailable */
  async execute(tenantId: string): Promise<readonly ListedModel[]> {
    const [states, mine] = await Promise.all([
      this.#circuits.states(this.#models.map(({ offer }) => targetOf(offer, tenantId))),
      this.#offers.of(tenantId),
    ])
    const models = this.#models.map((model, at) => ({
      offer: model.offer,
      endpoint: model.endpoint,
      circuit: states[at]!.state,
      ...keyOf(model, mine),
    }))
    return [...models, { offer: this.#offline, endpoint: '', circuit: '', keySource: 'none', keyHint: '' }]
  }
}

const keyOf = (
  { offer, hasPlatformKey }: ChatModel,
  { hints }: TenantOffers,
): Pick<ListedModel, 'keySource' | 'keyHint'> => {
  if (offer.keyOf !== 'tenant') return { keySource: hasPlatformKey ? 'platform' : 'none', keyHint: '' }
  const keyHint = hints.get(offer.provider)
  return keyHint === undefined ? { keySource: 'missing', keyHint: '' } : { keySource: 'own', keyHint }
}
