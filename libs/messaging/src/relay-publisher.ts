import { jetstream, type JetStreamClient } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { isDuplicateInBatch, MAX_BATCH_BYTES, MAX_BATCH_MESSAGES, publishBatch } from './atomic-batch.ts'
import { encodeHeaders } from './cloud-events.ts'
import { subjectOf, type DomainMessage } from './event.ts'
import { Lanes } from './lanes.ts'
import { BusyLanes, laneOf, type PendingRow } from './pending-row.ts'
import { isStreamMissing } from './streams.ts'

export interface PublisherOptions {
  readonly nats: NatsConnection
  readonly streamName: string
  /** Whether the stream takes many messages as one. */
  readonly atomic: boolean
  /** Messages, or batches of them, in flight at once. */
  readonly window: number
  readonly onAcknowledged: () => void
  /** The stream is missing, or counts from the beginning again: look at it before anything else. */
  readonly onDoubt: () => void
  readonly onFailure: (message: DomainMessage, error: Error) => void
}

/** A stuck publish is repeated soon; the message id makes that harmless. */
const ACK_TIMEOUT_MS = 2_000
const RETRY_MS = { first: 100, most: 1_000 }
/** Batches in flight: more would only make them smaller. */
const BATCHES = 3
/** A batch has a price of its own, that of some twenty single messages: fewer go one by one. */
const LEAST_BATCH = 32
/** With so many going one by one, the next ones wait and become a batch. */
const MOST_SINGLES = 32
/** Of several in flight the answers may overtake each other, but never by so much. */
const OVERTAKING = 10_000

/**
 * Publishes rows. When many wait they go out in atomic batches: stored as a whole with one sync to the disk, or not at
 * all, so the order within a batch is kept. An aggregate is never in two batches at once. Few rows, those of a batch
 * that failed, and all rows where the stream takes no batches, go one by one: those of one aggregate one after the other's acknowledgement,
 * those of different ones at once; after a failure the later rows of that aggregate wait until it is through.
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #client: JetStreamClient
  readonly #singles: Lanes<PendingRow>
  /** Every row that was added and not yet taken, by position. */
  readonly #held = new Map<number, PendingRow>()
  /** Rows that nobody has sent yet, in order. */
  #waiting: PendingRow[] = []
  /** Aggregates in a batch, or with rows that go one by one. */
  readonly #busy = new BusyLanes()
  readonly #retries = new Map<number, number>()
  readonly #batches = new Set<Promise<void>>()
  #acknowledged: PendingRow[] = []
  #lastSequence = 0
  #closed = false
  #sendingSoon = false

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#client = jetstream(options.nats, { timeout: ACK_TIMEOUT_MS })
    this.#singles = new Lanes({ width: options.window, laneOf, work: (row) => this.#publishOne(row) })
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
      this.#waiting.push(row)
    }
    this.#send()
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
    this.#closed = true
    await Promise.all([...this.#batches, this.#singles.close()])
  }

  /** Sends what may go now. */
  #send(): void {
    const { atomic } = this.#options
    while (!this.#closed && this.#waiting.length > 0) {
      const busy = atomic && this.#singles.size >= MOST_SINGLES
      if (busy && (this.#waiting.length < LEAST_BATCH || this.#batches.size === BATCHES)) return
      const rows = this.#takeFree()
      if (rows.length === 0) return
      for (const row of rows) this.#busy.add(row)
      if (atomic && rows.length >= LEAST_BATCH && this.#batches.size < BATCHES) this.#sendBatch(rows)
      else for (const row of rows) this.#singles.add(row)
    }
  }

  /** Once for all the answers that arrive together. */
  #sendSoon(): void {
    if (this.#sendingSoon) return
    this.#sendingSoon = true
    setImmediate(() => {
      this.#sendingSoon = false
      this.#send()
    })
  }

  /** The next rows in order, without those whose aggregate is busy. */
  #takeFree(): PendingRow[] {
    const taken: PendingRow[] = []
    const left: PendingRow[] = []
    let room = MAX_BATCH_BYTES
    for (const row of this.#waiting) {
      // Once one is left behind for want of room, all are: a later row of its aggregate must not overtake it.
      if (taken.length === MAX_BATCH_MESSAGES || room <= 0 || this.#busy.has(row)) left.push(row)
      else {
        taken.push(row)
        room -= row.message.data.byteLength
      }
    }
    this.#waiting = left
    return taken
  }

  #sendBatch(rows: readonly PendingRow[]): void {
    const sending = publishBatch(
      this.#options.nats,
      this.#options.streamName,
      rows.map(({ message }) => message),
      ACK_TIMEOUT_MS,
    )
      .then(
        (sequence) => this.#stored(rows, sequence),
        (error: Error) => this.#failed(rows, error),
      )
      .finally(() => {
        this.#batches.delete(sending)
        this.#send()
      })
    this.#batches.add(sending)
  }

  /** One by one then: a repeated message is found out by its id, and one that is refused holds back its aggregate alone. */
  #failed(rows: readonly PendingRow[], error: Error): void {
    if (!isDuplicateInBatch(error)) this.#options.onFailure(rows[0]!.message, error)
    if (isStreamMissing(error)) this.#options.onDoubt()
    for (const row of rows) this.#singles.add(row)
  }

  async #publishOne(row: PendingRow): Promise<number | undefined> {
    const { message, position } = row
    try {
      const ack = await this.#client.publish(subjectOf(message), message.data, {
        msgID: message.id,
        headers: encodeHeaders(message),
        expect: { streamName: this.#options.streamName },
      })
      this.#retries.delete(position)
      this.#stored([row], ack.duplicate ? undefined : ack.seq)
      this.#sendSoon()
      return undefined
    } catch (error) {
      this.#options.onFailure(message, error as Error)
      if (isStreamMissing(error)) this.#options.onDoubt()
      const retries = this.#retries.get(position) ?? 0
      this.#retries.set(position, retries + 1)
      return Math.min(RETRY_MS.first * 2 ** retries, RETRY_MS.most)
    }
  }

  /** @param sequence of the last one in the stream; undefined when it had been stored before */
  #stored(rows: readonly PendingRow[], sequence: number | undefined): void {
    for (const row of rows) this.#busy.delete(row)
    this.#acknowledged.push(...rows)
    if (sequence !== undefined) {
      if (sequence + OVERTAKING < this.#lastSequence) this.#options.onDoubt()
      this.#lastSequence = Math.max(this.#lastSequence, sequence)
    }
    this.#options.onAcknowledged()
  }
}
