import { setTimeout as sleep } from 'node:timers/promises'
import { jetstream, type JetStreamClient } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import pg from 'pg'
import { encodeHeaders } from './cloud-events.ts'
import { streamOf, subjectOf, type DomainMessage } from './event.ts'
import { applyStream, type StreamDeclaration } from './streams.ts'

/** Where a real process may be killed by a test; the names are the steps of publishing. */
export type RelayStep = 'leased' | 'read' | 'published' | 'marked'

export interface RelayOptions {
  readonly service: string
  /** The url of the relay's own role; a direct connection, for the lease is tied to it. */
  readonly databaseUrl: string
  readonly nats: NatsConnection
  /** The service's stream as declared, made again if the store was wiped. */
  readonly stream: StreamDeclaration
  readonly log: { info(message: string): void; warn(message: string): void }
  /** Messages in flight at once. */
  readonly window?: number
  /** Rows read at once. */
  readonly batch?: number
  /** How long to sleep when nobody nudges, in milliseconds. */
  readonly pollMs?: number
  readonly onStep?: (step: RelayStep) => void | Promise<void>
}

/** The core NATS subject that says "there is something in the outbox"; it may be lost, the poll finds it. */
export const outboxNudge = (service: string): string => `nudge.outbox.${service}`

/**
 * Publishes a service's outbox. Any number of replicas may run it: an advisory lock lets one work at a time, and
 * frees itself with the connection. Messages of one aggregate go out in order, one after the other's acknowledgement;
 * after a failed publish the later ones of that aggregate wait. A row is marked only after JetStream has it, so a
 * crash repeats messages and never loses one; JetStream drops the repetition by the message id.
 */
export class OutboxRelay {
  readonly #options: RelayOptions
  readonly #stopping = new AbortController()
  #wake: () => void = () => undefined
  #nudged = false
  #running: Promise<void> = Promise.resolve()
  #oldestPendingSeconds = 0

  constructor(options: RelayOptions) {
    this.#options = options
  }

  start(): void {
    const nudges = this.#options.nats.subscribe(outboxNudge(this.#options.service), { callback: () => this.nudge() })
    this.#running = this.#run().finally(() => nudges.unsubscribe())
  }

  /** Something was committed: look now rather than at the next poll. */
  nudge(): void {
    this.#nudged = true
    this.#wake()
  }

  /** Age of the oldest row that was not published when the relay last looked, in seconds. */
  get oldestPendingSeconds(): number {
    return this.#oldestPendingSeconds
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#running
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const database = new pg.Client({ connectionString: this.#options.databaseUrl, keepAlive: true })
      database.on('error', () => undefined) // the next query reports it
      try {
        await database.connect()
        await this.#lease(database)
        await this.#relay(database)
      } catch (error) {
        if (!this.#stopped) this.#options.log.warn(`outbox relay starts again: ${(error as Error).message}`)
      } finally {
        await database.end().catch(() => undefined)
      }
      if (!this.#stopped) await this.#pause(1_000)
    }
  }

  async #lease(database: pg.Client): Promise<void> {
    while (!this.#stopped) {
      const { rows } = await database.query<{ held: boolean }>(
        `SELECT pg_try_advisory_lock(hashtext('outbox relay')) AS held`,
      )
      if (rows[0]?.held === true) return await this.#step('leased')
      await this.#pause(1_000)
    }
  }

  async #relay(database: pg.Client): Promise<void> {
    let checked = 0
    while (!this.#stopped) {
      // Also after a reconnection: a stream that was wiped meanwhile must be found and refilled.
      if (Date.now() - checked > 2_000) {
        await this.#refillWipedStream(database)
        checked = Date.now()
      }
      this.#nudged = false
      const published = await this.#publishBatch(database)
      if (published === 0 && !this.#nudged) await this.#pause(this.#options.pollMs ?? 1_000)
    }
  }

  async #refillWipedStream(database: pg.Client): Promise<void> {
    const created = await applyStream(this.#options.nats, this.#options.stream)
    const { rows } = await database.query<{ created: string }>(`SELECT created FROM outbox_stream WHERE stream = $1`, [
      this.#options.stream.name,
    ])
    if (rows[0]?.created === created) return
    await database.query('BEGIN')
    const { rowCount } = await database.query(`UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL`)
    await database.query(
      `INSERT INTO outbox_stream (stream, created) VALUES ($1, $2) ON CONFLICT (stream) DO UPDATE SET created = $2`,
      [this.#options.stream.name, created],
    )
    await database.query('COMMIT')
    if (rowCount) this.#options.log.warn(`${this.#options.stream.name} is new: ${rowCount} messages are sent again`)
    await database.query('SELECT outbox_maintain()')
  }

  async #publishBatch(database: pg.Client): Promise<number> {
    const rows = await this.#readPending(database)
    this.#oldestPendingSeconds = rows[0] ? (Date.now() - rows[0].message.time.getTime()) / 1_000 : 0
    if (rows.length === 0) return 0
    await this.#step('read')
    const acknowledged = await this.#publishInOrder(rows)
    await this.#step('published')
    if (acknowledged.length > 0) {
      await database.query(
        `UPDATE outbox SET published_at = now() FROM unnest($1::date[], $2::uuid[]) AS done (day, id)
         WHERE outbox.day = done.day AND outbox.id = done.id`,
        [acknowledged.map((row) => row.day), acknowledged.map((row) => row.message.id)],
      )
    }
    await this.#step('marked')
    return acknowledged.length
  }

  async #readPending(database: pg.Client): Promise<PendingRow[]> {
    const { rows } = await database.query<OutboxRow>(
      `SELECT day::text, id, tenant_id, source, type, aggregate_id, sequence, occurred_at, traceparent, data
       FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT $1`,
      [this.#options.batch ?? 1_000],
    )
    return rows.map(fromRow)
  }

  /** Returns what JetStream has, in any order. */
  async #publishInOrder(rows: readonly PendingRow[]): Promise<PendingRow[]> {
    const client = jetstream(this.#options.nats, { timeout: 2_000 })
    const queues = new Map<string, PendingRow[]>()
    for (const row of rows) {
      const queue = queues.get(row.message.aggregateId)
      if (queue) queue.push(row)
      else queues.set(row.message.aggregateId, [row])
    }
    const acknowledged: PendingRow[] = []
    const waiting = queues.values()
    const lane = async (): Promise<void> => {
      for (const queue of waiting) {
        for (const row of queue) {
          if (this.#stopped || !(await this.#publish(client, row.message))) break
          acknowledged.push(row)
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(this.#options.window ?? 256, queues.size) }, lane))
    return acknowledged
  }

  async #publish(client: JetStreamClient, message: DomainMessage): Promise<boolean> {
    try {
      await client.publish(subjectOf(message), message.data, {
        msgID: message.id,
        headers: encodeHeaders(message),
        expect: { streamName: streamOf(this.#options.service) },
      })
      return true
    } catch (error) {
      this.#options.log.warn(`publishing ${message.type} failed, will be repeated: ${(error as Error).message}`)
      return false
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    const waking = new AbortController()
    this.#wake = () => waking.abort()
    if (this.#nudged || this.#stopped) return
    await sleep(milliseconds, undefined, { signal: waking.signal }).catch(() => undefined)
  }

  async #step(step: RelayStep): Promise<void> {
    await this.#options.onStep?.(step)
  }
}

interface OutboxRow {
  day: string
  id: string
  tenant_id: string
  source: string
  type: string
  aggregate_id: string
  sequence: string
  occurred_at: Date
  traceparent: string
  data: Buffer
}

interface PendingRow {
  readonly day: string
  readonly message: DomainMessage
}

const fromRow = (row: OutboxRow): PendingRow => ({
  day: row.day,
  message: {
    id: row.id,
    tenantId: row.tenant_id,
    source: row.source,
    type: row.type,
    aggregateId: row.aggregate_id,
    sequence: Number(row.sequence),
    time: row.occurred_at,
    traceparent: row.traceparent,
    data: row.data,
  },
})
