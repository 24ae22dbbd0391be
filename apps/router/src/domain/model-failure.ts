import { DomainError } from '@iama/kernel'
import type { Offer } from './route.ts'

/** How a model let us down. */
export type ModelFault =
  | 'busy' // it asks us to come back later
  | 'down' // it cannot be reached, or fails by itself
  | 'cut' // its answer ended in the middle
  | 'stalled' // it fell silent
  | 'refused' // it does not take the request: a wrong key, an unknown model, too much context

/** A call of a model failed. */
export class ModelFailed extends DomainError {
  readonly code = 'MODEL_FAILED'
  override readonly kind = 'unavailable'
  readonly fault: ModelFault
  /** When the model asks to be asked again, from now; undefined when it did not say. */
  readonly retryAfterMs: number | undefined

  constructor(fault: ModelFault, message: string, retryAfterMs?: number) {
    super(message, { fault })
    this.fault = fault
    this.retryAfterMs = retryAfterMs
  }
}

/** The provider does not take the key. That mends itself for nobody, and for a tenant's own key the tenant can. */
export const keyRefused = ({ keyOf, provider }: Offer, status: number): ModelFailed => {
  if (keyOf !== 'tenant') return new ModelFailed('refused', `refused our key (status ${status})`)
  const fix = `an owner or admin sets another with: iama models key ${provider}`
  return new ModelFailed('refused', `refused your key (status ${status}); ${fix}`)
}

/** A key that was there when the route was chosen is gone, or cannot be read. */
export const keyGone = ({ provider }: Offer): ModelFailed =>
  new ModelFailed('refused', `has no key of yours any more; an owner or admin types: iama models key ${provider}`)

/** Whether the failure says something about the health of the model, rather than about our request. */
export const harmsCircuit = ({ fault }: ModelFailed): boolean => fault !== 'refused'

/** One route that was tried or passed over, and why it brought no answer. */
export interface Miss {
  /** `provider/model`. */
  readonly name: string
  readonly fault: ModelFault | 'open'
  readonly message: string
  /** When it may be asked again, from now. */
  readonly retryAfterMs: number | undefined
}

/** Every route was tried; `retry_after_ms` in the metadata tells when the first of them may be asked again. */
export class RoutesExhausted extends DomainError {
  readonly code = 'PROVIDER_UNAVAILABLE'
  override readonly kind = 'unavailable'

  constructor(misses: readonly Miss[]) {
    const known = misses.flatMap(({ retryAfterMs }) => retryAfterMs ?? [])
    // a refusal does not mend itself: whoever waits for it waits for nothing
    const hopeless = misses.every(({ fault }) => fault === 'refused')
    super(`no model answered: ${misses.map(({ name, message }) => `${name} ${message}`).join('; ')}`, {
      ...(known.length > 0 && { retry_after_ms: String(Math.min(...known)) }),
      ...(hopeless && { hopeless: 'true' }),
    })
  }
}
