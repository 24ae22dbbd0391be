import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '@iama/kernel'
import { jetstream, type Consumer, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { decodeMessage, MalformedEvent } from './cloud-events.ts'
import { writeDeadLetter } from './dead-letters.ts'
import type { DomainMessage } from './event.ts'
import { applyStream, type StreamDeclaration } from './streams.ts'

/** Where a real process may be killed by a test; the names are the steps of consuming. */
export type ConsumerStep = 'fetched' | 'acted' | 'acknowledged' | 'dead-letter-written'

export interface EventConsumerOptions {
  readonly nats: NatsConnection
  /** The stream as declared, made again if the store was wiped. */
  readonly stream: StreamDeclaration
  /** The durable consumer's name; it must be declared. */
  readonly consumer: string
  /** Acts on one event. It may be called again for the same event: see `onceOnly`. */
  readonly act: (message: DomainMessage) => Promise<void>
  readonly log: { info(message: string): void; warn(message: string): void }
  readonly onStep?: (step: ConsumerStep) => void | Promise<void>
}

/** Deliveries before an event becomes a dead letter. */
export const MAX_DELIVERIES = 6

const BACKOFF_MS = [500, 1_000, 2_000, 5_000, 10_000]
const AWAY_RETRY_MS = 1_000

/**
 * Reads one durable consumer, one event at a time and in order: acts, then acknowledges. A failure is delivered again
 * with a growing pause; the sixth delivery becomes a dead letter, written before the event is given up, since the
 * server's own advisory is lost when nobody listens. While a dependency is away ("unavailable") the consumer holds the
 * event and fetches nothing more.
 */
export class EventConsumer {
  readonly #options: EventConsumerOptions
  readonly #stopping = new AbortController()
  readonly #reasons = new Map<string, string>()
  #messages: ConsumerMessages | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: EventConsumerOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Finishes the event at hand; what was fetched beyond it is delivered again. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#messages?.close()
    await this.#running
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const consumer = await this.#open()
        this.#messages = await consumer.consume({ max_messages: 64, abort_on_missing_resource: true })
        if (this.#stopped) await this.#messages.close()
        for await (const wire of this.#messages) {
          await this.#consume(wire)
          if (this.#stopped) break
        }
      } catch (error) {
        if (!this.#stopped)
          this.#options.log.warn(`${this.#options.consumer} starts again: ${(error as Error).message}`)
      }
      if (!this.#stopped) await this.#pause(500)
    }
  }

  async #open(): Promise<Consumer> {
    await applyStream(this.#options.nats, this.#options.stream)
    return await jetstream(this.#options.nats).consumers.get(this.#options.stream.name, this.#options.consumer)
  }

  async #consume(wire: JsMsg): Promise<void> {
    await this.#step('fetched')
    let message: DomainMessage
    try {
      message = decodeMessage(wire)
    } catch (error) {
      if (!(error instanceof MalformedEvent)) throw error
      return await this.#giveUp(wire, wire.headers?.get('ce-id') ?? '', error.message)
    }
    if (wire.info.deliveryCount >= MAX_DELIVERIES) {
      const reason = this.#reasons.get(message.id) ?? 'the process ended each time it acted on the event'
      return await this.#giveUp(wire, message.id, reason)
    }
    try {
      await this.#actWhenPossible(wire, message)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#reasons.set(message.id, reason)
      this.#options.log.warn(`${this.#options.consumer}: ${message.type} failed, will be repeated: ${reason}`)
      wire.nak(BACKOFF_MS[Math.min(wire.info.deliveryCount, BACKOFF_MS.length) - 1] ?? 0)
      return
    }
    await this.#step('acted')
    await wire.ackAck()
    this.#reasons.delete(message.id)
    await this.#step('acknowledged')
  }

  async #actWhenPossible(wire: JsMsg, message: DomainMessage): Promise<void> {
    for (;;) {
      try {
        return await this.#options.act(message)
      } catch (error) {
        const away = error instanceof DomainError && error.kind === 'unavailable'
        if (!away || this.#stopped) throw error
        wire.working()
        await this.#pause(AWAY_RETRY_MS)
      }
    }
  }

  async #giveUp(wire: JsMsg, eventId: string, reason: string): Promise<void> {
    await writeDeadLetter(this.#options.nats, wire, { consumer: this.#options.consumer, eventId, reason })
    await this.#step('dead-letter-written')
    wire.term(reason.slice(0, 200))
    this.#reasons.delete(eventId)
    this.#options.log.warn(`${this.#options.consumer}: event ${eventId} is a dead letter: ${reason}`)
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }

  async #step(step: ConsumerStep): Promise<void> {
    await this.#options.onStep?.(step)
  }
}
