import { DomainError, InvalidRequest } from '@iama/kernel'
import { waitsForKey, type Offer } from './route.ts'

const SHORTEST = 8
const LONGEST = 4_096
/** Of a shorter key the last characters would tell too much. */
const SHORTEST_WITH_HINT = 12
const HINT = 4

/** A tenant's own key for a provider. Nothing shows it but `text`: not a log, not JSON, not an error. */
export class ProviderKey {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  /** @throws InvalidRequest, which does not quote it */
  static parse(text: string): ProviderKey {
    if (text.length >= SHORTEST && text.length <= LONGEST && /^[!-~]+$/.test(text)) return new ProviderKey(text)
    const isFit = text.length >= SHORTEST && text.length <= LONGEST
    const reason = isFit
      ? 'holds a space or what is no printable ASCII'
      : `has ${text.length} characters, and a key has ${SHORTEST} to ${LONGEST}`
    throw new InvalidRequest([{ field: 'key', reason, fix: 'send the key as the provider gave it to you' }])
  }

  /** As the provider gave it. */
  get text(): string {
    return this.#text
  }

  /** The last characters, by which a person knows it again; empty for a short one. */
  get hint(): string {
    return this.#text.length < SHORTEST_WITH_HINT ? '' : this.#text.slice(-HINT)
  }
}

/** The models that were asked for wait for a key of the tenant's own. */
export class ProviderKeyMissing extends DomainError {
  readonly code = 'PROVIDER_KEY_MISSING'

  constructor(waiting: readonly Offer[]) {
    super(waiting.map(waitsForKey).join('; '), {
      providers: [...new Set(waiting.map(({ provider }) => provider))].join(' '),
    })
  }
}

/** @throws InvalidRequest that lists the providers whose key a tenant can give */
export const requireOwnKeyProvider = (provider: string, offers: readonly Offer[]): void => {
  const those = offers.filter((offer) => offer.provider === provider)
  if (those.some(({ keyOf }) => keyOf === 'tenant')) return
  const able = [...new Set(offers.filter(({ keyOf }) => keyOf === 'tenant').map((offer) => offer.provider))]
  const reason = those.length === 0 ? 'is no provider of this system' : 'is a provider that takes no keys of tenants'
  const fix =
    able.length === 0
      ? 'no provider takes keys of tenants here; whoever runs the system writes key_of: tenant in its file of models'
      : `name one of: ${able.join(', ')}`
  throw new InvalidRequest([{ field: 'provider', reason, fix }])
}

/** What tenants have stored cannot be read: nobody can tell which models serve them. */
export class KeysUnavailable extends DomainError {
  readonly code = 'PROVIDER_KEYS_UNAVAILABLE'
  override readonly kind = 'unavailable'

  constructor() {
    super('the keys of providers cannot be read at the moment; try again in a while')
  }
}
