import { jetstream, JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { encodeHeaders } from './cloud-events.ts'
import { subjectOf, type DomainMessage } from './event.ts'
import { Lanes } from './lanes.ts'

/** A row of the outbox that JetStream does not have yet, as far as is known. */
export interface PendingRow {
  readonly day: string
  readonly position: number
  readonly message: DomainMessage
}

export interface PublisherOptions {
  readonly nats: NatsConnection
  readonly streamName: string
  /** Messages in flight at once. */
  readonly window: number
  readonly onAcknowledged: () => void
  /** The stream is missing, or counts from the beginning again: look at it before anything else. */
  readonly onDoubt: () => void
  readonly onFailure: (message: DomainMessage, error: Error) => void
}

/** Less than any pause of the relay, so that a stuck publish is repeated soon; the message id makes that harmless. */
const ACK_TIMEOUT_MS = 2_000
const RETRY_MS = { first: 100, most: 1_000 }
const STREAM_NOT_FOUND = 10059

/**
 * Publishes rows: those of one aggregate one after the other's acknowledgement, those of different ones at once. After
 * a failure the later rows of that aggregate wait until the failed one is through.
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #client: JetStreamClient
  readonly #lanes: Lanes<PendingRow>
  /** Every row that was added and not yet taken, by position. */
  readonly #held = new Map<number, PendingRow>()
  readonly #retries = new Map<number, number>()
  #acknowledged: PendingRow[] = []
  #lastSequence = 0

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#client = jetstream(options.nats, { timeout: ACK_TIMEOUT_MS })
    this.#lanes = new Lanes({
      width: options.window,
      laneOf: ({ message }) => `${message.tenantId}/${message.aggregateId}`,
      work: (row) => this.#publish(row),
    })
  }

  /** Positions of the rows in its hands: they need not be read again. */
  get positions(): number[] {
    return [...this.#held.keys()]
  }

  get size(): number {
    return this.#held.size
  }

  /** When the row that it has held the longest came to be. */
  get oldest(): Date | undefined {
    return this.#held.values().next().value?.message.time
  }

  add(rows: readonly PendingRow[]): void {
    for (const row of rows) {
      if (this.#held.has(row.position)) continue
      this.#held.set(row.position, row)
      this.#lanes.add(row)
    }
  }

  /** What JetStream has since the last call, and the stream's sequence by then. */
  takeAcknowledged(): { rows: readonly PendingRow[]; lastSequence: number } {
    const rows = this.#acknowledged
    this.#acknowledged = []
    for (const { position } of rows) this.#held.delete(position)
    return { rows, lastSequence: this.#lastSequence }
  }

  /** How many `takeAcknowledged` would give. */
  get acknowledgedCount(): number {
    return this.#acknowledged.length
  }

  /** Begins no other publish and waits for those in flight. */
  async close(): Promise<void> {
    await this.#lanes.close()
  }

  async #publish(row: PendingRow): Promise<number | undefined> {
    const { message, position } = row
    try {
      const ack = await this.#client.publish(subjectOf(message), message.data, {
        msgID: message.id,
        headers: encodeHeaders(message),
        expect: { streamName: this.#options.streamName },
      })
      if (!ack.duplicate && ack.seq <= this.#lastSequence) this.#options.onDoubt()
      else if (!ack.duplicate) this.#lastSequence = ack.seq
      this.#retries.delete(position)
      this.#acknowledged.push(row)
      this.#options.onAcknowledged()
      return undefined
    } catch (error) {
      this.#options.onFailure(message, error as Error)
      if (isStreamMissing(error)) this.#options.onDoubt()
      const retries = this.#retries.get(position) ?? 0
      this.#retries.set(position, retries + 1)
      return Math.min(RETRY_MS.first * 2 ** retries, RETRY_MS.most)
    }
  }
}

const isStreamMissing = (error: unknown): boolean =>
  (error as Error).name === 'JetStreamNotEnabled' ||
  (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND)
