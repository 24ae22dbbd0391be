import type { Clock, Ids } from '@iama/kernel'
import { completionRoutes, ConfirmationTooLow, fewestTokens, fitOf } from '../domain/completion-route.ts'
import { harmsCircuit, RoutesExhausted, type Miss } from '../domain/model-failure.ts'
import { highestCostMicros } from '../domain/price.ts'
import { ContextTooLarge, nameOf, type Offer, type Route, type Tier } from '../domain/route.ts'
import type { Budgets, Reservation } from './budgets.ts'
import { targetOf, type Circuits, type Leave } from './circuits.ts'
import type { Asker, CompletionExchange, CompletionRequest, Tried } from './completion-ports.ts'
import type { Offers } from './offer-ports.ts'
import type { Entitlement, Entitlements } from './ports.ts'
import type { Payments } from './payments.ts'

/** What the usage log calls these calls. */
export const CHAT_PHASE = 'chat'

/** A tenant without a tier has contracted for what it gets. */
const WITHOUT_TIER: Tier = 'enterprise'

interface Ask {
  readonly asker: Asker
  readonly tier: Tier
  readonly entitlement: Entitlement
  readonly exchange: CompletionExchange
}

/**
 * A chat completion of a client, tried along its routes until a model answers. The highest cost is reserved before;
 * what was really used is written down and settled after the answer, while the client already has it.
 */
export class CompleteChat {
  readonly #offers: Offers
  readonly #entitlements: Entitlements
  readonly #circuits: Circuits
  readonly #budgets: Budgets
  readonly #payments: Payments
  readonly #clock: Clock
  readonly #ids: Ids

  constructor(parts: {
    offers: Offers
    entitlements: Entitlements
    circuits: Circuits
    budgets: Budgets
    payments: Payments
    clock: Clock
    ids: Ids
  }) {
    this.#offers = parts.offers
    this.#entitlements = parts.entitlements
    this.#circuits = parts.circuits
    this.#budgets = parts.budgets
    this.#payments = parts.payments
    this.#clock = parts.clock
    this.#ids = parts.ids
  }

  /**
   * Resolves when the answer is over, however it ended; what it throws was not told to the client.
   * @throws ModelUnknown, ProviderKeyMissing, RouteNotInTier, ContextTooLarge, BudgetReached, RoutesExhausted, PaymentsBehind, and the
   * provider's own refusal of the request
   */
  async execute(asker: Asker, exchange: CompletionExchange): Promise<void> {
    this.#payments.check()
    const { tenantId } = asker
    const [entitlement, { offers, waiting }] = await Promise.all([
      this.#entitlements.of(tenantId),
      this.#offers.of(tenantId),
    ])
    const tier = entitlement.tier ?? WITHOUT_TIER
    const { request } = exchange
    const { name } = request
    const contextTokens = contextOf(request, tier)
    const key = { name, tier, contextTokens, confirmedMicros: asker.confirmedMicros }
    const routes = completionRoutes(key, offers, waiting)
    const misses: Miss[] = []
    for (const { offer, outputCap: most } of routes) {
      if (exchange.gone.aborted) return
      const outputCap = Math.min(request.outputCap ?? most, most)
      const ask = { asker, tier, entitlement, exchange }
      const miss = await this.#try(ask, { offer, outputCap })
      if (!miss) return
      misses.push(miss)
    }
    throw new RoutesExhausted(misses)
  }

  /** @returns why the next route is to be tried; undefined when the client has its answer, or as much as there is */
  async #try(ask: Ask, route: Pick<Route, 'offer' | 'outputCap'>): Promise<Miss | undefined> {
    const { offer } = route
    const target = targetOf(offer, ask.asker.tenantId)
    const leave = await this.#circuits.admit(target)
    if (!leave.granted) return this.#openMiss(offer, leave.retryAt)
    const reservation = await this.#reserve(ask, route, leave)
    const started = this.#clock.now().getTime()
    const { exchange } = ask
    const tried = await exchange.attempt(route)
    this.#payments.pay({ reservation, tried, offer, ...ask, milliseconds: this.#clock.now().getTime() - started })
    await this.#circuits.report(target, leave, outcomeOf(tried, exchange.gone.aborted))
    const { failure, refusal, begun } = tried
    if (!failure || begun || exchange.gone.aborted) return undefined
    if (refusal) throw refusal
    return { name: nameOf(offer), fault: failure.fault, message: failure.message, retryAfterMs: failure.retryAfterMs }
  }

  async #reserve(
    { asker, tier, entitlement: { monthMicros }, exchange: { request } }: Ask,
    { offer, outputCap }: Pick<Route, 'offer' | 'outputCap'>,
    leave: Leave,
  ): Promise<Reservation> {
    const { tenantId, requestId, confirmedMicros } = asker
    const { provider, model, price } = offer
    const costMicros = highestCostMicros(price, request.bytes, outputCap * request.copies)
    const call = { requestId, phase: CHAT_PHASE, provider, model, tier, prompt: '', attempt: 0 }
    const limits = monthMicros === undefined ? {} : { monthMicros }
    try {
      if (confirmedMicros > 0 && costMicros > confirmedMicros) throw new ConfirmationTooLow(costMicros, confirmedMicros)
      return await this.#budgets.reserve({ id: this.#ids.next(), tenantId, jobId: '', costMicros, limits, call })
    } catch (error) {
      await this.#circuits.report(targetOf(offer, tenantId), leave, 'abandoned')
      throw error
    }
  }

  #openMiss(offer: Offer, retryAt: Date): Miss {
    const retryAfterMs = Math.max(0, retryAt.getTime() - this.#clock.now().getTime())
    return { name: nameOf(offer), fault: 'open', message: 'has failed too often; its circuit is open', retryAfterMs }
  }
}

/** Counted only where the size alone does not tell. */
const contextOf = (request: CompletionRequest, tier: Tier): number => {
  const { bytes, name } = request
  const fit = fitOf(bytes, tier)
  if (fit === 'fits') return fewestTokens(bytes)
  if (fit === 'count') return request.countTokens(name)
  const key = { tier, phase: 'clarify', modelClass: 'L1', engine: undefined, confirmedMicros: 0 } as const
  throw new ContextTooLarge({ ...key, contextTokens: fewestTokens(bytes) })
}

const outcomeOf = ({ failure }: Tried, isGone: boolean): 'succeeded' | 'failed' | 'abandoned' => {
  if (!failure) return 'succeeded'
  return isGone || !harmsCircuit(failure) ? 'abandoned' : 'failed'
}
