import type { Clock, Ids } from '@iama/kernel'
import type { Redis } from 'ioredis'
import type { CircuitChange, CircuitNews, Circuits, CircuitState, Leave, Target } from '../application/circuits.ts'
import {
  breakerOf,
  breakerSettings,
  CircuitOpen,
  type BreakerCommand,
  type BreakerEvent,
  type BreakerSettings,
  type Outcome,
} from '../domain/breaker.ts'
import { CircuitStore, keyOf, noCircuit, type CircuitRecord, type KeptCircuit } from './circuit-store.redis.ts'

export interface CircuitsParts {
  readonly news: CircuitNews
  readonly clock: Clock
  readonly ids: Ids
  readonly breaker?: BreakerSettings
  /** How old what this replica knows of a circuit may be, in milliseconds. */
  readonly viewMs?: number
  /** After a failed command Redis is not asked for so long, in milliseconds. */
  readonly awayMs?: number
  /** What somebody else owes is told by us after so long, in milliseconds. */
  readonly takeOverMs?: number
}

/** What this replica knows of a circuit, and since when. */
interface View extends KeptCircuit {
  readonly at: number
  /** All replicas knew it so; false for what this one has counted alone. */
  readonly isShared: boolean
}

const FREE: Leave = { granted: true, trial: undefined }
/** Replicas that change one circuit at the same moment: each round one of them wins. */
const MOST_ROUNDS = 64
/** So many circuits a replica knows; of those that it forgets it reads Redis again. */
const MOST_VIEWS = 20_000
/** What vanished from Redis so soon was not closed by anybody: Redis has lost it. */
const REMEMBERED_MS = 60_000

/**
 * Circuits that all replicas share: one record each in Redis, changed by compare-and-set with what the domain decides.
 * A call through a closed circuit asks Redis four times a second at the most, and its success writes nothing.
 *
 * While Redis is away each replica goes on with what it knows and counts for itself; nothing of that is announced, and
 * what Redis says counts again when it is back. Who is admitted then is at worst what a replica alone would admit.
 */
export class RedisCircuits implements Circuits {
  readonly #store: CircuitStore
  readonly #news: CircuitNews
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #settings: BreakerSettings
  readonly #breaker: ReturnType<typeof breakerOf>
  readonly #viewMs: number
  readonly #awayMs: number
  readonly #takeOverMs: number
  /** As many as there are models, and of tenants with keys of their own those that called last. */
  readonly #views = new Map<string, View>()
  readonly #reading = new Map<string, Promise<View>>()
  readonly #changing = new Map<string, Promise<unknown>>()
  readonly #telling = new Set<string>()
  #awayUntil = 0

  /** @param redis a client whose commands end in bounded time, as those of `openRedis` */
  constructor(redis: Redis, parts: CircuitsParts) {
    this.#store = new CircuitStore(redis)
    this.#news = parts.news
    this.#clock = parts.clock
    this.#ids = parts.ids
    this.#settings = parts.breaker ?? breakerSettings
    this.#breaker = breakerOf(this.#settings)
    this.#viewMs = parts.viewMs ?? 250
    this.#awayMs = parts.awayMs ?? 1_000
    this.#takeOverMs = parts.takeOverMs ?? 5_000
  }

  async admit(target: Target): Promise<Leave> {
    const { circuit } = (await this.#view(target)).record
    if (circuit.state === 'closed') return FREE
    if (circuit.state === 'open' && this.#now() < circuit.until) {
      return { granted: false, retryAt: new Date(circuit.until) }
    }
    const trial = this.#ids.next()
    try {
      const events = await this.#change(target, () => ({ type: 'Admit', at: this.#now(), trial }))
      return events.length === 0 ? FREE : { granted: true, trial }
    } catch (error) {
      if (error instanceof CircuitOpen) return { granted: false, retryAt: error.retryAt }
      throw error
    }
  }

  async report(target: Target, leave: Leave, outcome: Outcome): Promise<void> {
    if (!leave.granted) return
    const { trial } = leave
    if (trial === undefined && outcome !== 'failed') return
    await this.#change(target, () => ({ type: 'Report', at: this.#now(), trial, outcome }))
  }

  async states(targets: readonly Target[]): Promise<readonly CircuitState[]> {
    return await Promise.all(targets.map(async (target) => this.#stateOf(target, await this.#view(target))))
  }

  #stateOf(target: Target, { record: { circuit } }: View): CircuitState {
    const now = this.#now()
    switch (circuit.state) {
      case 'closed': {
        const since = now - this.#settings.windowMs
        return { target, state: 'closed', failures: circuit.failures.filter((at) => at > since).length }
      }
      case 'open':
        return now < circuit.until
          ? { target, state: 'open', failures: circuit.failures, retryAt: new Date(circuit.until) }
          : { target, state: 'half-open', failures: circuit.failures }
      case 'half-open':
        return { target, state: 'half-open', failures: circuit.failures }
    }
  }

  /** What is known, read again when it is old; several that want it at once read it once. */
  async #view(target: Target): Promise<View> {
    const key = keyOf(target)
    const known = this.#views.get(key)
    const now = this.#now()
    if (known && Math.abs(now - known.at) < this.#viewMs) return known
    if (now < this.#awayUntil) return this.#alone(key)
    const reading = this.#reading.get(key)
    if (reading) return await reading
    const fresh = this.#read(target, key).finally(() => this.#reading.delete(key))
    this.#reading.set(key, fresh)
    return await fresh
  }

  async #read(target: Target, key: string): Promise<View> {
    try {
      const view = this.#remember(key, await this.#store.read(target))
      this.#tellOverdue(target, view)
      return view
    } catch {
      return this.#goAlone(key)
    }
  }

  #remember(key: string, kept: KeptCircuit): View {
    const before = this.#views.get(key)
    const at = this.#now()
    const isLost = kept.text === '' && before?.isShared && before.record.circuit.state !== 'closed'
    // our own memory becomes the record again with the next change
    const record = isLost && at - before.at < REMEMBERED_MS ? before.record : kept.record
    const view = { text: kept.text, record, at, isShared: true }
    this.#keep(key, view)
    return view
  }

  #keep(key: string, view: View): void {
    this.#views.delete(key) // the oldest stands first
    this.#views.set(key, view)
    if (this.#views.size > MOST_VIEWS) this.#views.delete(this.#views.keys().next().value!)
  }

  #alone(key: string): View {
    return this.#views.get(key) ?? { ...noCircuit, at: this.#now(), isShared: false }
  }

  #goAlone(key: string): View {
    this.#awayUntil = this.#now() + this.#awayMs
    return this.#alone(key)
  }

  /** Changes of one circuit by one replica come one after the other: they would only be in each other's way. */
  async #change(target: Target, command: () => BreakerCommand): Promise<readonly BreakerEvent[]> {
    const key = keyOf(target)
    const before = this.#changing.get(key) ?? Promise.resolve()
    const change = before.then(() => this.#carryOut(target, key, command()))
    const settled = change.catch(() => undefined)
    this.#changing.set(key, settled)
    try {
      return await change
    } finally {
      if (this.#changing.get(key) === settled) this.#changing.delete(key)
    }
  }

  async #carryOut(target: Target, key: string, command: BreakerCommand): Promise<readonly BreakerEvent[]> {
    let view = await this.#view(target)
    for (let round = 0; round < MOST_ROUNDS && this.#now() >= this.#awayUntil; round++) {
      const { circuit, owed } = view.record
      const events = this.#breaker.decide(command, circuit)
      if (events.length === 0) return events
      const change = this.#changeOf(target, events)
      const next = { circuit: events.reduce(this.#breaker.evolve, circuit), owed: change ? [...owed, change] : owed }
      try {
        const swapped = await this.#store.swap(target, view.text, next)
        view = this.#remember(key, swapped)
        if (!swapped.won) continue
      } catch {
        view = this.#goAlone(key)
        break
      }
      if (change) await this.#tell(target, key, change)
      return events
    }
    return this.#changeAlone(key, view, command)
  }

  /** Counts for itself, in memory, and announces nothing: the others may know better. */
  #changeAlone(key: string, view: View, command: BreakerCommand): readonly BreakerEvent[] {
    const events = this.#breaker.decide(command, view.record.circuit)
    const circuit = events.reduce(this.#breaker.evolve, view.record.circuit)
    this.#keep(key, { text: view.text, record: { ...view.record, circuit }, at: this.#now(), isShared: false })
    return events
  }

  #changeOf(target: Target, events: readonly BreakerEvent[]): CircuitChange | undefined {
    const id = this.#ids.next()
    for (const event of events) {
      if (event.type === 'Opened') {
        const { at, failures, until: retryAt } = event
        return { id, target, to: 'open', at, failures, retryAt }
      }
      if (event.type === 'Closed') return { id, target, to: 'closed', at: event.at, failures: 0, retryAt: 0 }
    }
    return undefined
  }

  /** Told first and struck out then: whoever dies in between leaves it to the next, and telling it twice tells once. */
  async #tell(target: Target, key: string, change: CircuitChange): Promise<void> {
    if (this.#telling.has(change.id)) return
    this.#telling.add(change.id)
    try {
      await this.#news.tell(change)
      await this.#strikeOut(target, key, change)
    } catch {
      // the database or Redis is away: it stays owed
    } finally {
      this.#telling.delete(change.id)
    }
  }

  async #strikeOut(target: Target, key: string, { id }: CircuitChange): Promise<void> {
    let view: KeptCircuit = this.#alone(key)
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { circuit, owed } = view.record
      if (!owed.some((one) => one.id === id)) return
      const next: CircuitRecord = { circuit, owed: owed.filter((one) => one.id !== id) }
      const swapped = await this.#store.swap(target, view.text, next)
      view = this.#remember(key, swapped)
      if (swapped.won) return
    }
  }

  /** In the background: whoever wants to call does not wait for old news. */
  #tellOverdue(target: Target, { record }: View): void {
    for (const change of record.owed) {
      if (this.#now() - change.at > this.#takeOverMs) void this.#tell(target, keyOf(target), change)
    }
  }

  #now(): number {
    return this.#clock.now().getTime()
  }
}
