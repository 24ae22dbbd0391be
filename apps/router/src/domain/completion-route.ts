import { DomainError } from '@iama/kernel'
import { ProviderKeyMissing } from './provider-key.ts'
import {
  contextCaps,
  nameOf,
  routesOf,
  RouteNotInTier,
  servingOffers,
  type ModelClass,
  type Offer,
  type Route,
  type Tier,
} from './route.ts'

/** Which model a completion asks for, and for whom. */
export interface CompletionKey {
  /** `provider/model`, `model`, or a class. */
  readonly name: string
  readonly tier: Tier
  /** Tokens of the request, or fewer. */
  readonly contextTokens: number
  /** The cost of L3 that a person confirmed, in micro-dollars; 0 for none. */
  readonly confirmedMicros: number
}

/** No endpoint serves a model of this name. */
export class ModelUnknown extends DomainError {
  readonly code = 'MODEL_NOT_FOUND'
  override readonly kind = 'not-found'

  constructor(name: string) {
    super(`there is no model "${name}" here; GET /v1/models lists those that are`)
  }
}

/** The confirmed cost of L3 is lower than what the call may cost. */
export class ConfirmationTooLow extends DomainError {
  readonly code = 'CONFIRMATION_TOO_LOW'
  override readonly kind = 'forbidden'

  constructor(neededMicros: number, confirmedMicros: number) {
    super(`the call may cost ${neededMicros} micro-dollars, and ${confirmedMicros} were confirmed`, {
      needed: String(neededMicros),
    })
  }
}

const classes: readonly ModelClass[] = ['L1', 'L2', 'L3']

/** Whether the name is that of a class. */
export const isClass = (name: string): name is ModelClass => (classes as readonly string[]).includes(name)

/**
 * The routes of a completion in the order in which they are tried. A class goes by the table of routes; a name takes
 * the lowest class that its model serves and the tier has, with that class's caps.
 * @param waiting models that wait for the tenant's own key
 * @throws ModelUnknown, ProviderKeyMissing, RouteNotInTier, NotConfirmed, ContextTooLarge, NoRoute
 */
export const completionRoutes = (
  key: CompletionKey,
  offers: readonly Offer[],
  waiting: readonly Offer[] = [],
): readonly Route[] => {
  const models = offers.filter(({ engine }) => engine === 'model')
  if (isClass(key.name)) {
    if (models.length > 0) return routesFor(key, key.name, models, waiting)
    throw missingOr(servingOffers(key.name, waiting), key.name)
  }
  const named = models.filter((offer) => isNamed(offer, key.name))
  if (named.length === 0) {
    throw missingOr(
      waiting.filter((offer) => isNamed(offer, key.name)),
      key.name,
    )
  }
  let refusal: RouteNotInTier | undefined
  for (const modelClass of classes) {
    const serving = named.filter((offer) => offer.classes.includes(modelClass))
    if (serving.length === 0) continue
    try {
      return routesFor(key, modelClass, serving)
    } catch (error) {
      if (!(error instanceof RouteNotInTier)) throw error
      refusal ??= error
    }
  }
  throw refusal ?? new ModelUnknown(key.name)
}

/** By which a client may ask for a model: `provider/model`, or `model`. */
export const isNamed = (offer: Offer, name: string): boolean => offer.model === name || nameOf(offer) === name

const missingOr = (missing: readonly Offer[], name: string): ProviderKeyMissing | ModelUnknown =>
  missing.length > 0 ? new ProviderKeyMissing(missing) : new ModelUnknown(name)

const routesFor = (
  key: CompletionKey,
  modelClass: ModelClass,
  offers: readonly Offer[],
  waiting: readonly Offer[] = [],
): readonly Route[] => {
  const { tier, contextTokens, confirmedMicros } = key
  const route = { tier, phase: 'clarify', modelClass, contextTokens, engine: 'model', confirmedMicros } as const
  return routesOf(route, offers, waiting).routes
}

/** Below and above so many bytes for each token of the tier's cap, a request need not be counted. */
const FEWEST_BYTES = 3
const MOST_BYTES = 8

/**
 * Whether a request's size alone tells that it fits the tier, or that it does not. Between the two it has to be
 * counted: text has three bytes for a token or more, and hardly ever eight.
 */
export const fitOf = (bytes: number, tier: Tier): 'fits' | 'count' | 'too large' => {
  const cap = contextCaps[tier]
  if (bytes <= cap * FEWEST_BYTES) return 'fits'
  return bytes > cap * MOST_BYTES ? 'too large' : 'count'
}

/** Tokens that a request of so many bytes has at the least, as far as its window is concerned. */
export const fewestTokens = (bytes: number): number => Math.floor(bytes / MOST_BYTES)
