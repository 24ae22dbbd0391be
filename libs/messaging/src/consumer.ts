import { jetstream, type ConsumerMessages } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { Deliveries, type ConsumerStep } from './consumer-deliveries.ts'
import type { DomainMessage } from './event.ts'
import { CalmLog, type MessagingLog } from './log.ts'
import { ensureStream, lookAtStream, type StreamDeclaration } from './streams.ts'

export { MAX_DELIVERIES, type ConsumerStep } from './consumer-deliveries.ts'

export interface EventConsumerOptions {
  readonly nats: NatsConnection
  /** The stream as declared; its own service makes it again if the store was wiped, and the consumer with it. */
  readonly stream: StreamDeclaration
  /** The durable consumer's name; it must be declared. */
  readonly consumer: string
  /** Acts on one event. It may be called again for the same event: see `onceOnly`. */
  readonly act: (message: DomainMessage) => Promise<void>
  readonly log: MessagingLog
  /**
   * Events acted on at once, each of another aggregate; 1 unless given. Two events of one aggregate are never acted on
   * at once by one process.
   */
  readonly concurrency?: number
  /** Pauses before the second, third ... delivery of an event that failed, in milliseconds; the last one repeats. */
  readonly backoffMs?: readonly number[]
  /** Pause before the next attempt while a dependency is away, in milliseconds. */
  readonly awayRetryMs?: number
  readonly onStep?: (step: ConsumerStep) => void | Promise<void>
}

const DEFAULTS = {
  concurrency: 1,
  backoffMs: [500, 1_000, 2_000, 5_000, 10_000] as readonly number[],
  awayRetryMs: 1_000,
}

export type ResolvedConsumerOptions = Omit<EventConsumerOptions, keyof typeof DEFAULTS> & typeof DEFAULTS

/** How long the service that owns a stream has to make it again before a consumer does. */
const OWNER_FIRST_MS = 5_000
const REOPEN_MS = { first: 50, most: 1_000 }
const PULL_MS = 30_000

/**
 * Reads one durable consumer: acts, then acknowledges; the events of one aggregate one after the other. A failure is
 * delivered again with a growing pause, and others go on meanwhile; the sixth delivery becomes a dead letter, written
 * before the event is given up, since the server's own advisory is lost when nobody listens. While a dependency is away
 * ("unavailable") the consumer holds what it has and fetches nothing more.
 */
export class EventConsumer {
  readonly #options: ResolvedConsumerOptions
  readonly #stopping = new AbortController()
  readonly #calm: CalmLog
  readonly #deliveries: Deliveries
  #pull: ConsumerMessages | undefined
  /** False when the consumer has to be looked up again. */
  #current = false
  #wake: () => void = () => undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: EventConsumerOptions) {
    const declared = options.stream.consumers.find(({ name }) => name === options.consumer)
    if (!declared) throw new Error(`${options.stream.name} declares no consumer ${options.consumer}`)
    this.#options = { ...DEFAULTS, ...options }
    this.#calm = new CalmLog(options.log)
    this.#deliveries = new Deliveries(this.#options, declared, {
      onRoom: () => this.#wake(),
      onAway: () => void this.#pull?.close(),
      onReconnect: () => {
        this.#current = false
        void this.#pull?.close()
        this.#wake()
      },
    })
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Finishes the events at hand; what waits behind them is given back at once. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#pull?.close()
    await this.#running
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stopped;) {
      try {
        await this.#open()
        failures = 0
        await this.#read()
      } catch (error) {
        failures += 1
        if (!this.#stopped) this.#calm.warn(`${this.#options.consumer} opens again: ${(error as Error).message}`)
      }
      await this.#sleep(Math.min(REOPEN_MS.first * 2 ** failures, REOPEN_MS.most))
    }
    await this.#deliveries.close()
  }

  /** Makes sure that the durable consumer is there, and whether it belongs to the same store as before. */
  async #open(): Promise<void> {
    const { nats, stream } = this.#options
    for (let waited = 0; waited < OWNER_FIRST_MS && !this.#stopped; waited += REOPEN_MS.most) {
      if (await lookAtStream(nats, stream.name)) break
      this.#calm.warn(`${this.#options.consumer} waits for the stream ${stream.name}`)
      await this.#sleep(REOPEN_MS.most)
    }
    if (this.#stopped) return
    this.#current = true
    this.#deliveries.useStore((await ensureStream(nats, stream)).created)
  }

  /**
   * Pulls as much as there is room for, again and again, until the connection was interrupted.
   * @throws Error when the consumer is gone
   */
  async #read(): Promise<void> {
    const { nats, stream } = this.#options
    const consumer = await jetstream(nats, { timeout: 2_000 }).consumers.get(stream.name, this.#options.consumer)
    while (!this.#stopped && this.#current) {
      const room = this.#deliveries.room
      if (room === 0) {
        await this.#sleep(PULL_MS)
        continue
      }
      this.#pull = await consumer.fetch({ max_messages: room, expires: PULL_MS, idle_heartbeat: 5_000 })
      if (this.#stopped || !this.#current || this.#deliveries.room === 0) void this.#pull.close()
      for await (const wire of this.#pull) this.#deliveries.take(wire)
    }
  }

  /** Until it is woken, stopped, or the time is over. */
  async #sleep(milliseconds: number): Promise<void> {
    if (this.#stopped) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
