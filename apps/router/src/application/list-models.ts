import type { Offer } from '../domain/route.ts'
import type { Circuits } from './circuits.ts'
import type { ChatModel } from './ports.ts'

export interface ListedModel {
  readonly offer: Offer
  /** Empty for the offline engine. */
  readonly endpoint: string
  /** `closed`, `open` or `half-open`; empty for the offline engine. */
  readonly circuit: string
}

/** The models in the order of preference with what their circuits know, and the offline engine last. */
export class ListModels {
  readonly #models: readonly ChatModel[]
  readonly #offline: Offer
  readonly #circuits: Circuits

  constructor(models: readonly ChatModel[], offline: Offer, circuits: Circuits) {
    this.#models = models
    this.#offline = offline
    this.#circuits = circuits
  }

  async execute(): Promise<readonly ListedModel[]> {
    const states = await this.#circuits.states(this.#models.map(({ offer }) => offer))
    const models = this.#models.map(({ offer, endpoint }, at) => ({ offer, endpoint, circuit: states[at]!.state }))
    return [...models, { offer: this.#offline, endpoint: '', circuit: '' }]
  }
}
