import type { Clock, Ids } from '@iama/kernel'
import { BudgetReached } from '../domain/budget.ts'
import { harmsCircuit, ModelFailed, RoutesExhausted, type Miss } from '../domain/model-failure.ts'
import { costMicros, CURRENCY, highestCostMicros } from '../domain/price.ts'
import { nameOf, type Route } from '../domain/route.ts'
import type { Budgets, Reservation } from './budgets.ts'
import { targetOf, type Circuits, type Leave } from './circuits.ts'
import { Heard } from './heard.ts'
import type { ChatMessage, ChatModel, Tokenizer, Usage, UsageLog } from './ports.ts'

/** What a model is asked, and who pays. */
export interface Question {
  readonly tenantId: string
  readonly jobId: string
  readonly requestId: string
  readonly tier: string
  readonly phase: string
  readonly attempt: number
  /** `id@version` of the prompt. */
  readonly prompt: string
  readonly messages: readonly ChatMessage[]
  /** Tokens of the messages. */
  readonly inputTokens: number
  /** In the order in which they are tried. */
  readonly routes: readonly Route[]
  /** In micro-dollars; absent means no limit. */
  readonly limits: { readonly jobMicros?: number; readonly monthMicros?: number }
  /** The most that this call may cost, in micro-dollars; absent means no limit of its own. */
  readonly mostMicros?: number
}

export interface Answer {
  readonly text: string
  /** Not when it ran into the cap. */
  readonly complete: boolean
  readonly route: Route
}

/** Who hears how a call goes. */
export interface Listener {
  /** A sign of work, for the person who waits. */
  tell(text: string): void
  /** A call is over and in the usage log. */
  used(usage: Usage): void
}

/** How often whoever waits hears of a long answer. */
const PROGRESS_MS = 5_000

/**
 * Asks the routes of a question in turn until one answers. Each call is paid for from the budgets: its highest cost is
 * reserved before, its real cost settled after, also when it breaks off, and every call is in the usage log.
 */
export class AskModel {
  readonly #models: readonly ChatModel[]
  readonly #circuits: Circuits
  readonly #budgets: Budgets
  readonly #usageLog: UsageLog
  readonly #tokenizer: Tokenizer
  readonly #clock: Clock
  readonly #ids: Ids

  constructor(parts: {
    models: readonly ChatModel[]
    circuits: Circuits
    budgets: Budgets
    usageLog: UsageLog
    tokenizer: Tokenizer
    clock: Clock
    ids: Ids
  }) {
    this.#models = parts.models
    this.#circuits = parts.circuits
    this.#budgets = parts.budgets
    this.#usageLog = parts.usageLog
    this.#tokenizer = parts.tokenizer
    this.#clock = parts.clock
    this.#ids = parts.ids
  }

  /** @throws BudgetReached; RoutesExhausted; the signal's reason */
  async execute(question: Question, listener: Listener, signal: AbortSignal): Promise<Answer> {
    const misses: Miss[] = []
    for (const route of question.routes) {
      signal.throwIfAborted()
      const leave = await this.#circuits.admit(targetOf(route.offer, question.tenantId))
      if (!leave.granted) {
        misses.push(this.#openMiss(route, leave.retryAt))
        continue
      }
      try {
        return await this.#call(question, route, leave, listener, signal)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        if (!(error instanceof ModelFailed)) throw error
        const { fault, message, retryAfterMs } = error
        misses.push({ name: nameOf(route.offer), fault, message, retryAfterMs })
        listener.tell(`${nameOf(route.offer)} ${message}`)
      }
    }
    throw new RoutesExhausted(misses)
  }

  async #call(
    question: Question,
    route: Route,
    leave: Leave,
    listener: Listener,
    signal: AbortSignal,
  ): Promise<Answer> {
    const id = this.#ids.next()
    const reservation = await this.#reserve(question, route, id, leave)
    const started = this.#clock.now().getTime()
    const { offer, outputCap } = route
    const counter = this.#tokenizer.counter(offer.model)
    const heard = new Heard({ counter, inputTokens: question.inputTokens, outputCap, started })
    let outcome: 'succeeded' | 'failed' | 'abandoned' = 'abandoned'
    try {
      await this.#listen(question, route, heard, listener, signal)
      outcome = 'succeeded'
    } catch (error) {
      if (!signal.aborted && error instanceof ModelFailed && harmsCircuit(error)) outcome = 'failed'
      throw error
    } finally {
      await this.#circuits.report(targetOf(offer, question.tenantId), leave, outcome)
      const usage = await this.#pay(question, route, reservation, heard, started)
      if (usage) listener.used(usage)
    }
    return { text: heard.text, complete: heard.isComplete, route }
  }

  /** Hears an answer to its end, or to the cap. @throws ModelFailed; the signal's reason */
  async #listen(
    { tenantId, messages }: Question,
    route: Route,
    heard: Heard,
    listener: Listener,
    signal: AbortSignal,
  ): Promise<void> {
    const { offer, outputCap } = route
    let told = this.#clock.now().getTime()
    for await (const part of this.#modelOf(route).chat({ tenantId, messages, outputCap }, signal)) {
      const now = this.#clock.now().getTime()
      heard.add(part, now)
      if (heard.isOverCap) return
      if (now - told < PROGRESS_MS) continue
      told = now
      listener.tell(`${nameOf(offer)} has written ${heard.tokens.outputTokens} tokens`)
    }
    if (!heard.isFinished) throw new ModelFailed('cut', 'broke off in the middle of its answer')
  }

  async #reserve(question: Question, { offer, outputCap }: Route, id: string, leave: Leave): Promise<Reservation> {
    const { tenantId, jobId, limits, inputTokens, requestId, phase, tier, prompt, attempt } = question
    const { provider, model, price } = offer
    const costMicros = highestCostMicros(price, inputTokens, outputCap)
    const call = { requestId, phase, provider, model, tier, prompt, attempt }
    const { mostMicros: limit = Number.MAX_SAFE_INTEGER } = question
    try {
      if (costMicros > limit) throw new BudgetReached({ which: 'deep fix', limit, spent: 0, needed: costMicros })
      return await this.#budgets.reserve({ id, tenantId, jobId, costMicros, limits, call })
    } catch (error) {
      await this.#circuits.report(targetOf(offer, tenantId), leave, 'abandoned')
      throw error
    }
  }

  /** The ledger first: should we die in between, the reservation is settled by what the ledger says. */
  async #pay(
    question: Question,
    { offer }: Route,
    reservation: Reservation,
    heard: Heard,
    started: number,
  ): Promise<Usage | undefined> {
    if (!heard.hasBegun) {
      await this.#budgets.release(reservation)
      return undefined
    }
    const { tenantId, jobId, requestId, tier, phase, attempt, prompt } = question
    const usage: Usage = {
      ...heard.tokens,
      id: reservation.id,
      jobId,
      requestId,
      phase,
      provider: offer.provider,
      model: offer.model,
      tier,
      costMicros: costMicros(offer.price, heard.tokens),
      currency: CURRENCY,
      milliseconds: this.#clock.now().getTime() - started,
      firstTokenMs: heard.firstTokenMs,
      estimated: heard.isEstimated,
      prompt,
      attempt,
    }
    await this.#usageLog.record(tenantId, usage)
    await this.#budgets.settle(reservation, usage.costMicros)
    return usage
  }

  #modelOf({ offer }: Route): ChatModel {
    return this.#models.find((model) => model.offer === offer)!
  }

  #openMiss({ offer }: Route, retryAt: Date): Miss {
    const retryAfterMs = Math.max(0, retryAt.getTime() - this.#clock.now().getTime())
    return { name: nameOf(offer), fault: 'open', message: 'has failed too often; its circuit is open', retryAfterMs }
  }
}
