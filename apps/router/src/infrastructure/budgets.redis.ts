import { setTimeout as sleep } from 'node:timers/promises'
import { isUuid, type Clock } from '@iama/kernel'
import type { Redis } from 'ioredis'
import type { Budgets, Ledger, Reservation, SpendingOrder } from '../application/budgets.ts'
import { BudgetReached, BudgetsUnavailable, checkedMicros, monthOf } from '../domain/budget.ts'
import { BudgetKeeper, type KeeperTimes } from './budget-keeper.ts'
import { BudgetStore, type Entry } from './budget-store.redis.ts'

export interface BudgetsParts {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly times?: Partial<KeeperTimes>
  /** Hears what went wrong in the background. */
  readonly onTrouble?: (error: Error) => void
}

const MOST_ROUNDS = 40

/**
 * Budgets that all replicas share, in Redis: a sum of what is spent and one of what is reserved for each job and each
 * tenant's month, changed by scripts, each of which is one step for everybody.
 *
 * The truth is the ledger. When Redis loses its content every replica notices within a second, puts its open
 * reservations back, and the sums are read from the ledger again; until all have had the time, nothing is granted under
 * a limit. What remains: a replica that is dead, or cannot reach Redis at that moment, does not put back what it has
 * under way, and that much can be spent beyond a limit.
 *
 * While Redis is away nothing is granted under a limit; who has none is not held up.
 */
export class RedisBudgets implements Budgets {
  readonly #store: BudgetStore
  readonly #keeper: BudgetKeeper
  readonly #ledger: Ledger
  readonly #clock: Clock
  readonly #onTrouble: (error: Error) => void
  readonly #loading = new Map<string, Promise<void>>()

  /** @param redis a client whose commands end in bounded time, as those of `openRedis` */
  constructor(redis: Redis, { ledger, clock, times = {}, onTrouble = () => undefined }: BudgetsParts) {
    const all: KeeperTimes = { leaseMs: 30_000, renewEveryMs: 10_000, lookEveryMs: 1_000, graceMs: 2_000, ...times }
    this.#store = new BudgetStore(redis, all.leaseMs)
    this.#keeper = new BudgetKeeper(this.#store, { ledger, clock, times: all, onTrouble })
    this.#ledger = ledger
    this.#clock = clock
    this.#onTrouble = onTrouble
  }

  /** Renews leases, and settles what the dead have left, until `stop`. */
  start(): void {
    this.#keeper.start()
  }

  async stop(): Promise<void> {
    await this.#keeper.stop()
  }

  async reserve(order: SpendingOrder): Promise<Reservation> {
    const { limits, call } = order
    // one tenant has one budget, however its id is written
    const [id, tenantId, jobId] = [order.id.toLowerCase(), order.tenantId.toLowerCase(), order.jobId.toLowerCase()]
    const costMicros = checkedMicros(order.costMicros)
    if (![id, tenantId].every(isUuid) || !(jobId === '' || isUuid(jobId))) throw new RangeError('ids are UUIDs')
    for (const limit of [limits.jobMicros, limits.monthMicros]) if (limit !== undefined) checkedMicros(limit)
    const reservation = { id, tenantId, jobId, month: monthOf(this.#clock.now()), costMicros }
    const entry: Entry = { reservation, call }
    const { content } = this.#keeper
    try {
      await this.#grant(entry, order)
      await this.#keeper.keep(entry, content)
    } catch (error) {
      if (error instanceof BudgetReached) throw error
      if (limits.jobMicros !== undefined || limits.monthMicros !== undefined) {
        // whether Redis has it is not known
        this.#keeper.owe(reservation, undefined)
        throw unavailable(error)
      }
      this.#onTrouble(error as Error)
      await this.#keeper.keep(entry, undefined)
    }
    return reservation
  }

  async settle(reservation: Reservation, costMicros: number): Promise<void> {
    await this.#keeper.end(reservation, checkedMicros(costMicros))
  }

  async release(reservation: Reservation): Promise<void> {
    await this.#keeper.end(reservation, undefined)
  }

  async spent(tenant: string, job: string): Promise<{ jobMicros: number; monthMicros: number }> {
    const [tenantId, jobId] = [tenant.toLowerCase(), job.toLowerCase()]
    const month = monthOf(this.#clock.now())
    const nothing = { jobMicros: undefined, monthMicros: undefined }
    const { jobMicros, monthMicros } = await this.#store.spent(tenantId, jobId, month).catch(() => nothing)
    if (monthMicros !== undefined && (jobMicros !== undefined || jobId === '')) {
      return { jobMicros: jobMicros ?? 0, monthMicros }
    }
    return await this.#ledger.sums(tenantId, { jobId, month }, [])
  }

  async #grant(entry: Entry, { limits, costMicros }: SpendingOrder): Promise<void> {
    const { tenantId, jobId, month } = entry.reservation
    let hasSwept = false
    for (let round = 0; round < MOST_ROUNDS; round++) {
      // in this order, so that nobody strikes the tenant out in between
      const [, grant] = await Promise.all([this.#keeper.register(tenantId), this.#store.reserve(entry, limits)])
      if (grant.kind === 'granted') return
      if (grant.kind === 'missing') {
        // each round somebody may have ended a reservation while we read the ledger
        if (round > 0) await sleep(Math.random() * 2 * round)
        await this.#load(tenantId, jobId, month)
      } else if (grant.expired && !hasSwept) {
        hasSwept = true
        await this.#keeper.sweep(tenantId)
      } else {
        throw new BudgetReached({ ...grant.breach, needed: costMicros })
      }
    }
    throw new BudgetsUnavailable('the budget changes faster than it can be read; try again')
  }

  /** Several orders that find the same accounts missing wait for the same load. */
  async #load(tenantId: string, jobId: string, month: string): Promise<void> {
    const key = `${tenantId}/${jobId}/${month}`
    const loading = this.#loading.get(key)
    if (loading) return await loading
    const load = this.#rebuild(tenantId, jobId, month).finally(() => this.#loading.delete(key))
    this.#loading.set(key, load)
    await load
  }

  /**
   * From the ledger: all that was spent but for what is still open, which counts as reserved. Had Redis just lost its
   * content, the others are given the time to notice and to put their reservations back.
   */
  async #rebuild(tenantId: string, jobId: string, month: string): Promise<void> {
    await this.#keeper.untilComplete()
    const { words, open } = await this.#store.beginLoad(tenantId, jobId, month)
    const sums = await this.#ledger.sums(tenantId, { jobId, month }, open)
    await this.#store.load(tenantId, { jobId, month }, words, sums)
  }
}

const unavailable = (error: unknown): BudgetsUnavailable =>
  error instanceof BudgetsUnavailable
    ? error
    : Object.assign(new BudgetsUnavailable('the budget cannot be looked up just now; try again'), { cause: error })
