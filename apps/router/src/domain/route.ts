import { DomainError } from '@iama/kernel'
import { highestCostMicros, type Price } from './price.ts'

export type ModelClass = 'L1' | 'L2' | 'L3'
export type Phase = 'proposal' | 'spec' | 'refactor' | 'repair' | 'clarify' | 'reanalysis' | 'characterization'
export type Tier = 'free' | 'plus' | 'pro' | 'max' | 'enterprise'
export type Engine = 'codemod' | 'model'

/** What decides where a generation goes: callers never name a model. */
export interface RouteKey {
  readonly tier: Tier
  readonly phase: Phase
  readonly modelClass: ModelClass
  /** Size of the context, in tokens; 0 before it is chosen. */
  readonly contextTokens: number
  /** Who is to write; undefined takes models where one serves the class. */
  readonly engine: Engine | undefined
  /** The cost of L3 that a person confirmed, in micro-dollars; 0 for none. */
  readonly confirmedMicros: number
}

/** A model as far as routing is concerned; first come, first asked. */
export interface Offer {
  readonly engine: Engine
  readonly provider: string
  readonly model: string
  readonly classes: readonly ModelClass[]
  /** Context and answer together, in tokens. */
  readonly window: number
  /** The most that the model answers, in tokens. */
  readonly outputCap: number
  readonly price: Price
  /** Each tenant gives its own key for the provider, and is served only with one. */
  readonly keyOf?: 'tenant' | undefined
}

/** Where a generation goes, and within which caps. */
export interface Route {
  readonly offer: Offer
  /** The most context that a call may carry, in tokens: the tier's cap, or what the model's window leaves. */
  readonly maxTokens: number
  /** The most that may be answered, in tokens: the class's cap or the model's. */
  readonly outputCap: number
  /** One sentence. */
  readonly reason: string
}

/** The largest context that one call may carry, in tokens. Max has 200 K, not 500 K. */
export const contextCaps: Readonly<Record<Tier, number>> = {
  free: 128_000,
  plus: 128_000,
  pro: 200_000,
  max: 200_000,
  enterprise: 1_000_000,
}

/** The most that one call may answer, in tokens: whole files of L1, edit operations of L2 and L3. */
export const outputCaps: Readonly<Record<ModelClass, number>> = { L1: 30_000, L2: 5_000, L3: 5_000 }

/** The most that one call can cost in the dearest class that a model serves, in micro-dollars. */
export const highestCallMicros = ({ classes, window, outputCap, price }: Offer): number => {
  const dearest = [...classes].sort().at(-1)!
  const answered = Math.min(outputCaps[dearest], outputCap)
  return highestCostMicros(price, Math.max(0, window - answered), answered)
}

const classesOf: Readonly<Record<Tier, readonly ModelClass[]>> = {
  free: ['L1'],
  plus: ['L1', 'L2'],
  pro: ['L1', 'L2'],
  max: ['L1', 'L2', 'L3'],
  enterprise: ['L1', 'L2', 'L3'],
}

/** The tier does not have the class. */
export class RouteNotInTier extends DomainError {
  readonly code = 'ROUTE_NOT_IN_TIER'
  override readonly kind = 'forbidden'

  constructor({ tier, modelClass }: RouteKey) {
    super(`the ${tier} tier has no ${modelClass}; choose a higher tier`, { tier, class: modelClass })
  }
}

/** L3 is dear: a person has to have said how much it may cost. */
export class NotConfirmed extends DomainError {
  readonly code = 'CONFIRMATION_MISSING'
  override readonly kind = 'forbidden'

  constructor() {
    super('L3 runs only after a person has confirmed its cost')
  }
}

/** The context is larger than the tier allows. */
export class ContextTooLarge extends DomainError {
  readonly code = 'CONTEXT_TOO_LARGE'
  override readonly kind = 'invalid'

  constructor({ tier, contextTokens }: RouteKey) {
    super(`${contextTokens} tokens of context are more than the ${contextCaps[tier]} of the ${tier} tier`, { tier })
  }
}

/** Nothing that is configured serves the class. */
export class NoRoute extends DomainError {
  readonly code = 'NO_ROUTE'

  constructor(modelClass: ModelClass, leftOut: readonly string[]) {
    const why = leftOut.length === 0 ? '' : ` (${leftOut.join('; ')})`
    super(
      `no model serves ${modelClass}${why}; declare one in the file of MODELS_FILE, or take the offline engine with engine codemod`,
      { class: modelClass },
    )
  }
}

/** The routes of a generation in the order in which they are tried, and what is left out and why. */
export interface Routes {
  readonly routes: readonly [Route, ...Route[]]
  readonly leftOut: readonly string[]
}

/**
 * Models come in the order of the settings; each after the first is a fallback. The offline engine is never a fallback
 * of a model, for the two do not know each other's strategies.
 * @param waiting models that would serve the tenant, had it stored its own key for their provider
 * @throws RouteNotInTier, NotConfirmed, ContextTooLarge, NoRoute
 */
export const routesOf = (key: RouteKey, offers: readonly Offer[], waiting: readonly Offer[] = []): Routes => {
  const { tier, modelClass, contextTokens } = key
  if (!classesOf[tier].includes(modelClass)) throw new RouteNotInTier(key)
  if (contextTokens > contextCaps[tier]) throw new ContextTooLarge(key)
  const serving = servingOffers(modelClass, offers)
  const engine = key.engine ?? (serving.some((offer) => offer.engine === 'model') ? 'model' : 'codemod')
  if (engine === 'model' && modelClass === 'L3' && key.confirmedMicros <= 0) throw new NotConfirmed()
  const leftOut = key.engine === 'codemod' ? [] : servingOffers(modelClass, waiting).map(waitsForKey)
  const fitting: Omit<Route, 'reason'>[] = []
  for (const offer of serving) {
    if (offer.engine !== engine) continue
    const route = within(key, offer)
    if (route.maxTokens > 0 && contextTokens <= route.maxTokens) fitting.push(route)
    else leftOut.push(`${nameOf(offer)} has a window of ${offer.window} tokens, too small for ${contextTokens}`)
  }
  const [first, ...others] = fitting.map((route, place) => ({ ...route, reason: reasonOf(route, place, modelClass) }))
  if (!first) throw new NoRoute(modelClass, leftOut)
  return { routes: [first, ...others], leftOut }
}

/** Where no model serves L2, those of L1 stand in for it, within its caps; nothing stands in for L3. */
export const servingOffers = (modelClass: ModelClass, offers: readonly Offer[]): readonly Offer[] => {
  const serving = offers.filter(({ classes }) => classes.includes(modelClass))
  if (modelClass !== 'L2' || serving.some(({ engine }) => engine === 'model')) return serving
  return [...offers.filter(({ engine, classes }) => engine === 'model' && classes.includes('L1')), ...serving]
}

/** `provider/model`. */
export const nameOf = ({ provider, model }: Pick<Offer, 'provider' | 'model'>): string => `${provider}/${model}`

/** Why a model is left out whose key the tenant has not stored, and what mends it. */
export const waitsForKey = (offer: Offer): string =>
  `${nameOf(offer)} waits for a key of yours; an owner or admin types: iama models key ${offer.provider}`

const within = ({ tier, modelClass }: RouteKey, offer: Offer): Omit<Route, 'reason'> => {
  const outputCap = Math.min(outputCaps[modelClass], offer.outputCap)
  return { offer, outputCap, maxTokens: Math.min(contextCaps[tier], offer.window - outputCap) }
}

const reasonOf = ({ offer }: Omit<Route, 'reason'>, place: number, modelClass: ModelClass): string => {
  if (offer.engine === 'codemod') return `the offline engine serves ${modelClass}, without tokens`
  const does = offer.classes.includes(modelClass) ? 'serves' : 'stands in for'
  const serves = `${nameOf(offer)} ${does} ${modelClass}`
  return place === 0 ? `${serves} and comes first in the settings` : `${serves}: fallback ${place}`
}
