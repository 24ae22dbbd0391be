import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@iama/kernel'
import type { Ledger, Reservation } from '../application/budgets.ts'
import { monthOf } from '../domain/budget.ts'
import type { BudgetStore, Entry } from './budget-store.redis.ts'

/** In milliseconds. */
export interface KeeperTimes {
  /** Who has not renewed a reservation for so long is taken for dead. */
  readonly leaseMs: number
  readonly renewEveryMs: number
  /** How often a replica looks whether Redis still has its content. */
  readonly lookEveryMs: number
  /** After a loss the others are given so long to put their reservations back; longer than a look and a command. */
  readonly graceMs: number
}

interface KeeperParts {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly times: KeeperTimes
  readonly onTrouble: (error: Error) => void
}

/** An end that Redis has not heard of. */
interface Owed {
  readonly reservation: Reservation
  readonly costMicros: number | undefined
}

/** What is owed beyond that is left to the end of its lease. */
const MOST_OWED = 10_000

/** Looks after the reservations of this replica, and after those of the dead. */
export class BudgetKeeper {
  readonly #store: BudgetStore
  readonly #ledger: Ledger
  readonly #clock: Clock
  readonly #times: KeeperTimes
  readonly #onTrouble: (error: Error) => void
  /** As many as there are calls under way. */
  readonly #open = new Map<string, Entry>()
  readonly #owed = new Map<string, Owed>()
  /** Until when each tenant need not be registered again. */
  readonly #registered = new Map<string, number>()
  readonly #stopping = new AbortController()
  #running: Promise<unknown> = Promise.resolve()
  /** The name of what Redis had when we last looked. */
  #content: string | undefined
  /** Redis has lost its content, and ours is not back yet. */
  #isLost = false
  #puttingBack: Promise<unknown> = Promise.resolve()

  constructor(store: BudgetStore, { ledger, clock, times, onTrouble }: KeeperParts) {
    this.#store = store
    this.#ledger = ledger
    this.#clock = clock
    this.#times = times
    this.#onTrouble = onTrouble
  }

  start(): void {
    const { lookEveryMs, renewEveryMs } = this.#times
    const looking = this.#every(lookEveryMs, async () => {
      await this.#look()
      await this.#payOwed()
    })
    const renewing = this.#every(renewEveryMs, async () => {
      await this.#renew()
      await this.#sweepDue()
    })
    this.#running = Promise.all([looking, renewing])
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#payOwed().catch(this.#onTrouble)
  }

  /** The name of the content to which a reservation is about to be added. */
  get content(): string | undefined {
    return this.#content
  }

  /** @param content what it was added to; when that is lost by now, nobody has put this one back */
  async keep(entry: Entry, content: string | undefined): Promise<void> {
    this.#owed.delete(entry.reservation.id)
    this.#open.set(entry.reservation.id, entry)
    if (content !== undefined && content !== this.#content) await this.#putBack(() => [entry])
  }

  /** Somebody must look after the tenant's reservations should we die. Costs nothing when it was done lately. */
  async register(tenantId: string): Promise<void> {
    const now = performance.now()
    if ((this.#registered.get(tenantId) ?? 0) > now) return
    this.#registered.set(tenantId, now + this.#times.leaseMs / 2)
    try {
      await this.#store.register([tenantId])
    } catch (error) {
      this.#registered.delete(tenantId)
      throw error
    }
  }

  async end(reservation: Reservation, costMicros: number | undefined): Promise<void> {
    // what is being put back just now has to be there before it can be ended
    await this.#puttingBack
    this.#open.delete(reservation.id)
    try {
      await this.#store.end(reservation, costMicros, monthOf(this.#clock.now()))
    } catch {
      this.owe(reservation, costMicros)
    }
  }

  /** Redis is told at the next look. */
  owe(reservation: Reservation, costMicros: number | undefined): void {
    if (this.#owed.size < MOST_OWED) this.#owed.set(reservation.id, { reservation, costMicros })
  }

  /** Resolves when every living replica has had the time to put back what Redis has lost. */
  async untilComplete(): Promise<void> {
    const { ageMs } = await this.#look()
    const left = this.#times.graceMs - ageMs
    if (left > 0) await sleep(left, undefined, { signal: this.#stopping.signal })
  }

  /**
   * Settles what has expired of a tenant, up to a hundred. Whoever dies over it leaves it to the next, and nothing is
   * settled twice.
   * @returns when its last lease ends; empty when it has none
   */
  async sweep(tenantId: string): Promise<string> {
    const { entries, last } = await this.#store.claim(tenantId)
    for (const { reservation, call } of entries) {
      try {
        const costMicros = await this.#ledger.costOf(reservation, call)
        await this.#store.end(reservation, costMicros, monthOf(this.#clock.now()))
      } catch (error) {
        this.#onTrouble(error as Error) // it expires again; the others need not wait for it
      }
    }
    return last
  }

  async #every(pauseMs: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await work()
      } catch (error) {
        this.#onTrouble(error as Error)
      }
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  /** When the content is another than before, it has been lost: what is open is put back at once. */
  async #look(): Promise<{ ageMs: number }> {
    const { name, ageMs } = await this.#store.look()
    if (this.#content !== undefined && this.#content !== name) this.#isLost = true
    this.#content = name
    if (this.#isLost) {
      this.#registered.clear()
      await this.#putBack(() => this.#open.values())
      this.#isLost = false
    }
    return { ageMs }
  }

  async #putBack(which: () => Iterable<Entry>): Promise<void> {
    const puttingBack = this.#puttingBack.then(async () => {
      const tenants = [...byTenant(which())]
      if (tenants.length === 0) return
      await this.#store.register(tenants.map(([tenantId]) => tenantId))
      await Promise.all(tenants.map(([tenantId, entries]) => this.#store.restore(tenantId, entries)))
    })
    this.#puttingBack = puttingBack.catch(() => undefined)
    await puttingBack
  }

  async #renew(): Promise<void> {
    const now = performance.now()
    for (const [tenantId, until] of this.#registered) if (until < now) this.#registered.delete(tenantId)
    const tenants = [...byTenant(this.#open.values())]
    if (tenants.length === 0) return
    await this.#store.register(tenants.map(([tenantId]) => tenantId))
    for (const [tenantId, entries] of tenants) {
      const ids = entries.map(({ reservation }) => reservation.id)
      const missing = await this.#store.renew(tenantId, ids)
      if (missing.length > 0) await this.#recover(tenantId, missing)
      // as long as we register the tenant, nobody else looks whether others of its calls are left over
      await this.sweep(tenantId)
    }
  }

  /** Redis has lost them, or we were taken for dead and somebody has settled them: then the ledger has their rows. */
  async #recover(tenantId: string, missing: readonly string[]): Promise<void> {
    const settled = await this.#ledger.known(tenantId, missing)
    for (const id of settled) this.#open.delete(id)
    await this.#putBack(() => missing.flatMap((id) => this.#open.get(id) ?? []))
  }

  async #sweepDue(): Promise<void> {
    for (const tenantId of await this.#store.due()) {
      await this.#store.postpone(tenantId, await this.sweep(tenantId))
    }
  }

  async #payOwed(): Promise<void> {
    for (const [id, { reservation, costMicros }] of this.#owed) {
      await this.#store.end(reservation, costMicros, monthOf(this.#clock.now()))
      this.#owed.delete(id)
    }
  }
}

const byTenant = (entries: Iterable<Entry>): Map<string, Entry[]> =>
  Map.groupBy(entries, ({ reservation }) => reservation.tenantId)
