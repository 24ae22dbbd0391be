import { DomainError } from '@iama/kernel'
import { costMicros, CURRENCY } from '../domain/price.ts'
import type { Offer, Tier } from '../domain/route.ts'
import type { Budgets, Reservation } from './budgets.ts'
import type { Asker, Tried } from './completion-ports.ts'
import type { Usage, UsageLog } from './ports.ts'

/** A call that is over. */
export interface Payment {
  readonly reservation: Reservation
  readonly tried: Tried
  readonly offer: Offer
  readonly asker: Asker
  readonly tier: Tier
  readonly milliseconds: number
}

/** More calls wait for being written down than may be lost with this process. */
export class PaymentsBehind extends DomainError {
  readonly code = 'USAGE_LOG_BEHIND'
  override readonly kind = 'unavailable'

  constructor() {
    super('the usage of calls cannot be written down at the moment; try again in a while')
  }
}

/** Beyond that no call is begun. */
const MOST_WAITING = 5_000
const RETRY_MS = 1_000
/** Nobody waits for what is written behind the client's back. */
const PATIENCE_MS = 100
/** Ten minutes: what the log does not take in that time it never will. */
const MOST_TRIES = 600

type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>

/**
 * Writes down what calls have used and settles their budgets, behind the client's back. What the log does not take is
 * tried again for ten minutes. The reservation stands as long, and until it is written down at all: by another router,
 * as an estimate, when this one has ended.
 */
export class Payments {
  readonly #usageLog: UsageLog
  readonly #budgets: Budgets
  readonly #onTrouble: (error: Error) => void
  readonly #wait: Wait
  readonly #waiting = new Set<Promise<void>>()
  readonly #stopping = new AbortController()

  /** @param wait so many milliseconds, or until the signal; it never fails */
  constructor(usageLog: UsageLog, budgets: Budgets, onTrouble: (error: Error) => void, wait: Wait) {
    this.#wait = wait
    this.#usageLog = usageLog
    this.#budgets = budgets
    this.#onTrouble = onTrouble
  }

  /** @throws PaymentsBehind */
  check(): void {
    if (this.#waiting.size >= MOST_WAITING) throw new PaymentsBehind()
  }

  /** Returns at once. */
  pay(payment: Payment): void {
    const paying: Promise<void> = new Promise<void>((resolve) => resolve(this.#pay(payment)))
      .catch(this.#onTrouble)
      .finally(() => this.#waiting.delete(paying))
    this.#waiting.add(paying)
  }

  /** Waits for what is being written; what cannot be is left to the end of its reservation's lease. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#waiting)
  }

  /** Keeps nothing of the call but its usage: a prompt must not stay in memory until its price is written down. */
  #pay(payment: Payment): Promise<void> {
    const { reservation, tried } = payment
    const used = tried.tokens()
    return used ? this.#settle(reservation, usageOf(payment, used)) : this.#budgets.release(reservation)
  }

  async #settle(reservation: Reservation, usage: Usage): Promise<void> {
    await this.#record(reservation.tenantId, usage)
    await this.#budgets.settle(reservation, usage.costMicros)
  }

  async #record(tenantId: string, usage: Usage): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#usageLog.record(tenantId, usage, PATIENCE_MS)
      } catch (error) {
        if (this.#stopping.signal.aborted || tries === MOST_TRIES) throw error
        this.#onTrouble(error as Error)
        await this.#wait(RETRY_MS, this.#stopping.signal)
      }
    }
  }
}

const usageOf = (
  { reservation, tried, offer, asker, tier, milliseconds }: Payment,
  { tokens, estimated }: NonNullable<ReturnType<Tried['tokens']>>,
): Usage => ({
  ...tokens,
  id: reservation.id,
  jobId: '',
  requestId: asker.requestId,
  phase: 'chat',
  provider: offer.provider,
  model: offer.model,
  tier,
  costMicros: costMicros(offer.price, tokens),
  currency: CURRENCY,
  milliseconds,
  firstTokenMs: tried.firstTokenMs,
  estimated,
  prompt: '',
  attempt: 0,
})
