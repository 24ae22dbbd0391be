import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '@iama/kernel'
import type { JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { MalformedEvent } from './cloud-events.ts'
import type { ResolvedConsumerOptions } from './consumer.ts'
import { writeDeadLetter } from './dead-letters.ts'
import { decoded, FailureReasons, idOf, type Delivery } from './delivery.ts'
import type { DomainMessage } from './event.ts'
import { Lanes } from './lanes.ts'
import { lookAtStream, type ConsumerDeclaration } from './streams.ts'
import { Trial } from './trials.ts'

/** Where a real process may be killed by a test; the names are the steps of consuming. */
export type ConsumerStep = 'fetched' | 'acted' | 'acknowledged' | 'dead-letter-written'

/** From this delivery on an event becomes a dead letter: at once if it is known why it failed, else after a trial alone. */
export const MAX_DELIVERIES = 6

/** Events held at once; the rest waits in the stream, for other replicas too. */
const MOST_HELD = 256
/** After so many waits an act is taken for stuck, and the event is delivered to somebody else. */
const MOST_WAITS = 10

export interface DeliveriesHooks {
  /** There is room again, or a dependency is back. */
  readonly onRoom: () => void
  /** A dependency is away: fetch nothing more. */
  readonly onAway: () => void
  /** The connection is back: look whether the store is still the same, and call `useStore`. */
  readonly onReconnect: () => void
}

/** The events that a consumer holds: what is done with each, and what the server is told about it. */
export class Deliveries {
  readonly #options: ResolvedConsumerOptions
  readonly #hooks: DeliveriesHooks
  readonly #ackWaitMs: number
  readonly #most: number
  readonly #held = new Map<number, Delivery>()
  readonly #lanes: Lanes<Delivery>
  readonly #reasons = new FailureReasons()
  readonly #signals: NodeJS.Timeout
  readonly #closing = new AbortController()
  readonly #status: ReturnType<NatsConnection['status']> & { stop?: () => void }
  /** Acts that wait for a dependency to come back. */
  #away = 0
  #store = ''
  /** The connection was interrupted: the store may have been replaced meanwhile. */
  #doubt = false

  constructor(options: ResolvedConsumerOptions, declared: ConsumerDeclaration, hooks: DeliveriesHooks) {
    this.#options = options
    this.#hooks = hooks
    this.#ackWaitMs = declared.ackWaitSeconds * 1_000
    this.#most = Math.min(MOST_HELD, declared.maxAckPending)
    this.#lanes = new Lanes({
      width: options.concurrency,
      laneOf: ({ message, wire }) =>
        message instanceof MalformedEvent ? `malformed ${wire.seq}` : `${message.tenantId}/${message.aggregateId}`,
      alone: ({ wire }) => wire.info.deliveryCount >= MAX_DELIVERIES,
      work: async (delivery) => void (await this.#handle(delivery)),
    })
    this.#signals = setInterval(() => this.#signalWork(), this.#ackWaitMs / 6).unref()
    this.#status = options.nats.status()
    void this.#watchConnection()
  }

  /** How many more may be fetched now: none while a dependency is away, else in portions of half of what fits. */
  get room(): number {
    const free = this.#most - this.#held.size
    return this.#away > 0 || this.#closing.signal.aborted || free < this.#most / 2 ? 0 : free
  }

  /** From now on events come from the stream that was made at `created`; what is held of another one is let go. */
  useStore(created: string): void {
    this.#store = created
    this.#doubt = false
    for (const [sequence, { store }] of this.#held) if (store !== created) this.#held.delete(sequence)
  }

  take(wire: JsMsg): void {
    const held = this.#held.get(wire.seq)
    // Delivered once more while it is in hand: one answer will do for both.
    if (held && idOf(held.wire) === idOf(wire)) return
    const now = performance.now()
    const delivery = { wire, message: decoded(wire), store: this.#store, signalled: now, since: now }
    this.#held.set(wire.seq, delivery)
    this.#lanes.add(delivery)
  }

  /** Finishes what was begun, and gives the rest back at once. */
  async close(): Promise<void> {
    this.#closing.abort()
    const unfinished = await this.#lanes.close()
    clearInterval(this.#signals)
    this.#held.clear()
    this.#status.stop?.()
    if (this.#doubt || this.#options.nats.isClosed()) return
    for (const { wire } of unfinished) wire.nak()
    await this.#options.nats.flush().catch(() => undefined)
  }

  async #handle(delivery: Delivery): Promise<void> {
    try {
      await this.#step('fetched')
      if (this.#held.get(delivery.wire.seq) !== delivery) return
      await this.#digest(delivery)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#options.log.warn(`${this.#options.consumer}: ${idOf(delivery.wire)} failed, will be repeated: ${reason}`)
      await this.#answer(delivery, () => delivery.wire.nak(this.#backoff(delivery)))
    } finally {
      if (this.#held.get(delivery.wire.seq) === delivery) this.#held.delete(delivery.wire.seq)
      if (this.room > 0) this.#hooks.onRoom()
    }
  }

  async #digest(delivery: Delivery): Promise<void> {
    const { message, wire } = delivery
    if (message instanceof MalformedEvent) return await this.#giveUp(delivery, message.message)
    const suspect = wire.info.deliveryCount >= MAX_DELIVERIES
    const reason = suspect ? (this.#reasons.of(message.id) ?? (await this.#fatal(delivery))) : undefined
    // a reason may be without a word
    if (reason !== undefined) return await this.#giveUp(delivery, reason)
    try {
      if (suspect) await this.#trial(delivery).hold(() => this.#actWhenPossible(message))
      else await this.#actWhenPossible(message)
    } catch (error) {
      this.#reasons.remember(message.id, error instanceof Error ? error.message : String(error))
      throw error
    }
    await this.#step('acted')
    this.#reasons.forget(message.id)
    await this.#answer(delivery, () => wire.ack())
    await this.#step('acknowledged')
  }

  async #fatal(delivery: Delivery): Promise<string | undefined> {
    return (await this.#trial(delivery).wasFatal()) ? 'the process ended while it acted on this event alone' : undefined
  }

  #trial({ wire }: Delivery): Trial {
    const { nats, consumer, log } = this.#options
    return new Trial(nats, wire, consumer, (text) => log.warn(`${consumer}: ${text}`))
  }

  async #actWhenPossible(message: DomainMessage): Promise<void> {
    let waits = false
    try {
      for (;;) {
        try {
          return await this.#options.act(message)
        } catch (error) {
          const away = error instanceof DomainError && error.kind === 'unavailable'
          if (!away || this.#closing.signal.aborted) throw error
          if (!waits) {
            waits = true
            this.#away += 1
            this.#options.log.warn(`${this.#options.consumer} waits: ${error.message}`)
            this.#hooks.onAway()
          }
          await sleep(this.#options.awayRetryMs, undefined, { signal: this.#closing.signal }).catch(() => undefined)
        }
      }
    } finally {
      if (waits) this.#away -= 1
    }
  }

  async #giveUp(delivery: Delivery, reason: string): Promise<void> {
    const { wire } = delivery
    const eventId = idOf(wire)
    await writeDeadLetter(this.#options.nats, wire, { consumer: this.#options.consumer, eventId, reason })
    await this.#step('dead-letter-written')
    this.#reasons.forget(eventId)
    this.#options.log.warn(`${this.#options.consumer}: event ${eventId} is a dead letter: ${reason}`)
    await this.#answer(delivery, () => wire.term(reason.slice(0, 200)))
  }

  /** Tells the server, unless the event came from a store that is gone: its numbers mean other events now. */
  async #answer(delivery: Delivery, tell: () => void): Promise<void> {
    if (this.#doubt) {
      const seen = await lookAtStream(this.#options.nats, this.#options.stream.name).catch(() => undefined)
      if (!seen || seen.created !== delivery.store) return
      if (seen.created === this.#store) this.#doubt = false
    }
    if (delivery.store === this.#store) tell()
  }

  /** Tells the server of each event in hand that somebody still works on it. */
  #signalWork(): void {
    const now = performance.now()
    for (const delivery of this.#held.values()) {
      const stuck = this.#away === 0 && now - delivery.since > MOST_WAITS * this.#ackWaitMs
      if (stuck || this.#doubt || now - delivery.signalled < this.#ackWaitMs / 3) continue
      delivery.signalled = now
      delivery.wire.working()
    }
  }

  async #watchConnection(): Promise<void> {
    for await (const { type } of this.#status) {
      if (type === 'disconnect') this.#doubt = true
      if (type === 'reconnect') this.#hooks.onReconnect()
    }
  }

  #backoff({ wire }: Delivery): number {
    const { backoffMs } = this.#options
    return backoffMs[Math.min(wire.info.deliveryCount, backoffMs.length) - 1] ?? 0
  }

  async #step(step: ConsumerStep): Promise<void> {
    await this.#options.onStep?.(step)
  }
}
