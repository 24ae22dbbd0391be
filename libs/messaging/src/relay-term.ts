import type { CalmLog } from './log.ts'
import type { RelayStep, ResolvedRelayOptions } from './relay.ts'
import { Publisher } from './relay-publisher.ts'
import type { OutboxTable } from './relay-table.ts'
import { ensureStream, lookAtStream } from './streams.ts'

const MAINTAIN_MS = 3_600_000
/** Acknowledgements are gathered for so long before they are marked: nobody waits for a mark. */
const GATHER_MS = 5
const GATHER_ROWS = 100
/** Between two looks at a stream that is in doubt. */
const LOOK_MS = 100

/** One term of office: from the lease until it is stopped or the session is lost. Reading, publishing and marking overlap. */
export class RelayTerm {
  readonly #table: OutboxTable
  readonly #options: ResolvedRelayOptions
  readonly #stopping: AbortSignal
  readonly #calm: CalmLog
  #publisher: Publisher
  #nudged = true
  /** Whether the stream may be another one than the rows were published to. Nothing goes out before the first look. */
  #doubt = true
  #certainOnce = false
  #looked = -Infinity
  #readAll = -Infinity
  #maintained = -Infinity
  #wake: () => void = () => undefined
  #gathering: NodeJS.Timeout | undefined
  #oldestPendingSeconds = 0

  constructor(table: OutboxTable, options: ResolvedRelayOptions, stopping: AbortSignal, calm: CalmLog) {
    this.#table = table
    this.#options = options
    this.#stopping = stopping
    this.#calm = calm
    this.#publisher = this.#newPublisher(false)
  }

  get oldestPendingSeconds(): number {
    return this.#oldestPendingSeconds
  }

  nudge(): void {
    this.#nudged = true
    this.#wake()
  }

  /** @throws Error when the session is lost */
  async run(): Promise<void> {
    try {
      while (!this.#stopping.aborted) {
        await this.#upkeep()
        await this.#lookAtStream()
        if (this.#certainOnce) await this.#turn()
        else await this.#pause(LOOK_MS)
      }
      await this.#publisher.close()
      await this.#mark(this.#publisher.takeAcknowledged())
    } finally {
      clearTimeout(this.#gathering)
      await this.#publisher.close()
    }
  }

  async #upkeep(): Promise<void> {
    if (performance.now() - this.#maintained < MAINTAIN_MS) return
    this.#maintained = performance.now()
    await this.#table.maintain().catch((error: Error) => this.#calm.warn(`outbox upkeep put off: ${error.message}`))
  }

  /** Finds out whether JetStream still has what was published to it, and sends all that is kept again if not. */
  async #lookAtStream(): Promise<void> {
    const pause = this.#doubt ? LOOK_MS : this.#options.checkMs
    if (performance.now() - this.#looked < pause) return
    const { nats, stream, log } = this.#options
    try {
      const seen = await lookAtStream(nats, stream.name)
      const known = await this.#table.knownStream(stream.name)
      if (!seen || !known || seen.created !== known.created || seen.lastSequence < known.lastSequence) {
        // What is in flight may land in the old store or in the new one; none of it counts.
        await this.#publisher.close()
        const made = await ensureStream(nats, stream)
        const sent = await this.#table.sendAgain(stream.name, made)
        this.#publisher = this.#newPublisher(made.atomic)
        if (sent > 0) log.warn(`${stream.name} is another store than before: ${sent} messages are sent again`)
        this.nudge()
      } else if (!this.#certainOnce) {
        this.#publisher = this.#newPublisher((await ensureStream(nats, stream)).atomic)
      }
      this.#doubt = false
      this.#certainOnce = true
    } catch (error) {
      if (this.#table.lost) throw error
      this.#calm.warn(`${stream.name} cannot be looked at: ${(error as Error).message}`)
    } finally {
      this.#looked = performance.now()
    }
  }

  /** Marks what was acknowledged and reads what is new, in one round trip; sleeps when there is neither. */
  async #turn(): Promise<void> {
    const publisher = this.#publisher
    const room = this.#options.batch - publisher.size
    const all = performance.now() - this.#readAll > this.#options.pollMs
    const reads = room > 0 && (all || this.#nudged)
    if (reads) this.#nudged = false
    if (reads && all) this.#readAll = performance.now()
    const acknowledged = publisher.takeAcknowledged()
    if (!reads && acknowledged.rows.length === 0) return await this.#pause(this.#options.pollMs)
    const [, rows] = await Promise.all([
      this.#mark(acknowledged),
      reads ? this.#table.readPending({ except: publisher.positions, limit: room, all }) : [],
    ])
    if (rows.length === room) this.#nudged = true
    if (rows.length > 0) await this.#step('read')
    publisher.add(rows)
    this.#oldestPendingSeconds = publisher.oldest ? (Date.now() - publisher.oldest.getTime()) / 1_000 : 0
  }

  async #mark({ rows, lastSequence }: ReturnType<Publisher['takeAcknowledged']>): Promise<void> {
    if (rows.length === 0) return
    await this.#step('published')
    await this.#table.markPublished(this.#options.stream.name, rows, lastSequence)
    await this.#step('marked')
  }

  #newPublisher(atomic: boolean): Publisher {
    const publisher: Publisher = new Publisher({
      nats: this.#options.nats,
      streamName: this.#options.stream.name,
      atomic,
      window: this.#options.window,
      onAcknowledged: () => this.#gather(publisher),
      onDoubt: () => {
        this.#doubt = true
        this.#wake()
      },
      onFailure: (message, error) =>
        this.#calm.warn(`publishing ${message.type} failed, will be repeated: ${error.message}`),
    })
    return publisher
  }

  #gather(publisher: Publisher): void {
    if (publisher.acknowledgedCount >= GATHER_ROWS) return this.#wake()
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      this.#wake()
    }, GATHER_MS)
  }

  async #pause(milliseconds: number): Promise<void> {
    if (this.#stopping.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #step(step: RelayStep): Promise<void> {
    await this.#options.onStep?.(step)
  }
}
