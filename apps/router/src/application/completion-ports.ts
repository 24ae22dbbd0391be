import type { ModelFailed } from '../domain/model-failure.ts'
import type { Tokens } from '../domain/price.ts'
import type { Offer, Route } from '../domain/route.ts'

/** A chat completion as a client asks for it. */
export interface CompletionRequest {
  /** `provider/model`, `model`, or a class. */
  readonly name: string
  /** Answers that are asked for at once. */
  readonly copies: number
  /** The most that the client wants answered, in tokens; undefined when it did not say. */
  readonly outputCap: number | undefined
  /** Size of the body. A text never has more tokens than bytes. */
  readonly bytes: number
  /** Tokens of the messages, counted now: it takes time. */
  countTokens(model: string): number
}

/** What became of one try. */
export interface Tried {
  /** What went wrong; undefined when the answer came to its end. */
  readonly failure: ModelFailed | undefined
  /** Whether anything has reached the client: then nobody else can answer. */
  readonly begun: boolean
  readonly firstTokenMs: number | undefined
  /** The provider's answer to a request that it does not take, as it is to be passed on. */
  readonly refusal: Error | undefined
  /** What was used; undefined when the provider had not begun to answer. May count text. */
  tokens(): { readonly tokens: Tokens; readonly estimated: boolean } | undefined
}

/** One client's call: the request, and where its answer goes. */
export interface CompletionExchange {
  readonly request: CompletionRequest
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal
  /** Asks the model of a route and passes its answer on; never throws. */
  attempt(route: Pick<Route, 'offer' | 'outputCap'>): Promise<Tried>
}

/** Who asks. */
export interface Asker {
  readonly tenantId: string
  readonly requestId: string
  /** The cost of L3 that was confirmed, in micro-dollars; 0 for none. */
  readonly confirmedMicros: number
}

/** A model as `GET /v1/models` lists it. */
export interface ListedModel {
  readonly id: string
  readonly ownedBy: string
}

/** Classes that are served, then models: all that a client may ask for. */
export const listedModels = (offers: readonly Offer[]): readonly ListedModel[] => {
  const models = offers.filter(({ engine }) => engine === 'model')
  const served = (['L1', 'L2', 'L3'] as const).filter((one) => models.some(({ classes }) => classes.includes(one)))
  return [
    ...served.map((id) => ({ id, ownedBy: 'iama' })),
    ...models.map(({ provider, model }) => ({ id: `${provider}/${model}`, ownedBy: provider })),
  ]
}
