import type { NatsConnection } from '@nats-io/nats-core'
import { CalmLog, type MessagingLog } from './log.ts'
import { OutboxTable } from './relay-table.ts'
import { RelayTerm } from './relay-term.ts'
import type { StreamDeclaration } from './streams.ts'

/** Where a real process may be killed by a test; the names are the steps of publishing. */
export type RelayStep = 'leased' | 'read' | 'published' | 'marked'

export interface RelayOptions {
  readonly service: string
  /** The url of the relay's own role; a direct connection, for the lease is tied to it. */
  readonly databaseUrl: string
  readonly nats: NatsConnection
  /** The service's stream as declared, made again if the store was wiped. */
  readonly stream: StreamDeclaration
  readonly log: MessagingLog
  /** Messages in flight at once. */
  readonly window?: number
  /** Rows held in memory at once. */
  readonly batch?: number
  /** How long to sleep when nobody nudges, in milliseconds. */
  readonly pollMs?: number
  /** How often a replica without the lease asks for it, and a relay that failed begins again, in milliseconds. */
  readonly retryMs?: number
  /** How long a process that hangs may keep the lease, in milliseconds; more than `pollMs` and 2 s. */
  readonly leaseMs?: number
  /** How often to see whether the stream is still the same one, in milliseconds. */
  readonly checkMs?: number
  readonly onStep?: (step: RelayStep) => void | Promise<void>
}

const DEFAULTS = { window: 256, batch: 1_024, pollMs: 1_000, retryMs: 500, leaseMs: 15_000, checkMs: 2_000 }

export type ResolvedRelayOptions = Omit<RelayOptions, keyof typeof DEFAULTS> & typeof DEFAULTS

const PASS_ON_MS = 2

/** The core NATS subject that says "there is something in the outbox"; it may be lost, the poll finds it. */
export const outboxNudge = (service: string): string => `nudge.outbox.${service}`

/**
 * Publishes a service's outbox. Any number of replicas may run it: an advisory lock lets one work at a time, and
 * frees itself with the connection. Messages of one aggregate go out in order, one after the other's acknowledgement;
 * after a failed publish the later ones of that aggregate wait. A row is marked only after JetStream has it, so a
 * crash repeats messages and never loses one; JetStream drops the repetition by the message id.
 */
export class OutboxRelay {
  readonly #options: ResolvedRelayOptions
  readonly #stopping = new AbortController()
  readonly #calm: CalmLog
  #term: RelayTerm | undefined
  #passingOn = false
  #running: Promise<void> = Promise.resolve()
  #wake: () => void = () => undefined

  constructor(options: RelayOptions) {
    this.#options = { ...DEFAULTS, ...options }
    this.#calm = new CalmLog(options.log)
  }

  start(): void {
    const { nats, service } = this.#options
    const nudges = nats.subscribe(outboxNudge(service), { callback: () => this.#term?.nudge() })
    this.#running = this.#run().finally(() => nudges.unsubscribe())
  }

  /** Something was committed: look now rather than at the next poll. A replica without the lease tells the others. */
  nudge(): void {
    if (this.#term) this.#term.nudge()
    else this.#passOn()
  }

  /** Age of the oldest row that was not published when the relay last looked, in seconds; 0 without the lease. */
  get oldestPendingSeconds(): number {
    return this.#term?.oldestPendingSeconds ?? 0
  }

  /** Publishes nothing more, marks what JetStream has, and lets the lease go. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#term?.nudge()
    this.#wake()
    await this.#running
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#serve()
      } catch (error) {
        if (!this.#stopped) this.#calm.warn(`outbox relay begins again: ${(error as Error).message}`)
      }
      await this.#pause()
    }
  }

  /** Waits for the lease and works until it is stopped or the session is lost. */
  async #serve(): Promise<void> {
    const table = await OutboxTable.open(this.#options.databaseUrl, this.#options.leaseMs)
    try {
      while (!this.#stopped && !(await table.tryLease())) await this.#pause()
      if (this.#stopped) return
      await this.#options.onStep?.('leased')
      this.#term = new RelayTerm(table, this.#options, this.#stopping.signal, this.#calm)
      await this.#term.run()
    } finally {
      this.#term = undefined
      await table.close()
    }
  }

  /** Several commits at once are one nudge. */
  #passOn(): void {
    if (this.#passingOn || this.#stopped) return
    this.#passingOn = true
    const tell = (): void => {
      this.#passingOn = false
      const { nats, service } = this.#options
      if (!nats.isClosed()) nats.publish(outboxNudge(service))
    }
    setTimeout(tell, PASS_ON_MS).unref()
  }

  async #pause(): Promise<void> {
    if (this.#stopped) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#options.retryMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
