import { DomainError } from '@iama/kernel'

export type ModelClass = 'L1' | 'L2' | 'L3'
export type Phase = 'proposal' | 'spec' | 'refactor'
export type Tier = 'free' | 'plus' | 'pro' | 'max' | 'enterprise'

/** What decides where a generation goes: callers never name a model. */
export interface RouteKey {
  readonly tier: Tier
  readonly phase: Phase
  readonly modelClass: ModelClass
  /** Size of the context, in tokens. */
  readonly contextTokens: number
}

/** Where a generation goes, and within which caps. */
export interface Route {
  readonly provider: string
  readonly model: string
  /** The tier's context cap, in tokens. */
  readonly maxTokens: number
  /** The class's output cap, in tokens. */
  readonly outputCap: number
  /** One sentence. */
  readonly reason: string
}

/** A provider as far as routing is concerned; first come, first asked. */
export interface Offer {
  readonly provider: string
  readonly model: string
  readonly classes: readonly ModelClass[]
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

/** The context is larger than the tier allows. */
export class ContextTooLarge extends DomainError {
  readonly code = 'CONTEXT_TOO_LARGE'
  override readonly kind = 'exhausted'

  constructor({ tier, contextTokens }: RouteKey) {
    super(`${contextTokens} tokens of context are more than the ${contextCaps[tier]} of the ${tier} tier`, { tier })
  }
}

/** Nothing that is configured serves the class. */
export class NoRoute extends DomainError {
  readonly code = 'NO_ROUTE'
  override readonly kind = 'unavailable'

  constructor(modelClass: ModelClass) {
    super(`no provider serves ${modelClass}; configure one`, { class: modelClass })
  }
}

/** @throws RouteNotInTier, ContextTooLarge, NoRoute */
export const routeOf = (key: RouteKey, offers: readonly Offer[]): Route => {
  const { tier, modelClass, contextTokens } = key
  if (!classesOf[tier].includes(modelClass)) throw new RouteNotInTier(key)
  if (contextTokens > contextCaps[tier]) throw new ContextTooLarge(key)
  const offer = offers.find(({ classes }) => classes.includes(modelClass))
  if (!offer) throw new NoRoute(modelClass)
  return {
    provider: offer.provider,
    model: offer.model,
    maxTokens: contextCaps[tier],
    outputCap: outputCaps[modelClass],
    reason: `${offer.provider} is the first provider that serves ${modelClass}`,
  }
}
