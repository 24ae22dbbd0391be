import pg from 'pg'
import type { PendingRow } from './pending-row.ts'

/** What the database knows about the stream that it has published to. */
export interface KnownStream {
  /** When the stream was made, as the server tells it: another value means another store. */
  readonly created: string
  /** The stream's last sequence that was acknowledged to us. */
  readonly lastSequence: number
}

/** Marks of positions that were passed over may still turn up behind the last one by this much; others by a full read. */
const LOOK_BACK = 5_000

/**
 * The session of the relay that works: it is the lease, and all that the relay reads and writes goes through it. When
 * the lease is lost, so is the session, and nothing can be marked by somebody who no longer holds it.
 */
export class OutboxTable {
  readonly #client: pg.Client
  #highest = 0
  #lost = false

  private constructor(client: pg.Client) {
    this.#client = client
    client.on('error', () => (this.#lost = true))
    client.on('end', () => (this.#lost = true))
  }

  /** Whether the session is gone, and the lease with it. */
  get lost(): boolean {
    return this.#lost
  }

  /** @param leaseMs a session that says nothing for so long, of a process that was stopped, loses the lease */
  static async open(url: string, leaseMs: number): Promise<OutboxTable> {
    const client = new pg.Client({
      connectionString: url,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      pipeline: true,
    } as pg.ClientConfig)
    client.on('error', () => undefined) // the next query reports it
    await client.connect()
    await client.query(
      [
        `SET application_name = 'outbox relay'`,
        `SET idle_session_timeout = ${Math.round(leaseMs)}`,
        // A machine that went away without a word.
        `SET tcp_keepalives_idle = 5`,
        `SET tcp_keepalives_interval = 2`,
        `SET tcp_keepalives_count = 3`,
        `SET statement_timeout = '30s'`,
        // A mark that a crash forgets is a message sent twice, and JetStream drops the second.
        `SET synchronous_commit = off`,
        // The planner's idea of a table that fills and empties all day is always old; the indexes are always right.
        `SET enable_seqscan = off`,
        `SET enable_hashjoin = off`,
        `SET enable_mergejoin = off`,
      ].join('; '),
    )
    return new OutboxTable(client)
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined)
  }

  /** Whether this session has the lease now. A lock that is waited for would hold back the clean-up of dead rows. */
  async tryLease(): Promise<boolean> {
    const { rows } = await this.#client.query<{ held: boolean }>(
      `SELECT pg_try_advisory_lock(hashtext('outbox relay')) AS held`,
    )
    return rows[0]?.held === true
  }

  /**
   * Rows that wait to be published, in the order of their positions.
   * @param except positions already at hand
   * @param all also far behind what was read before, where a long transaction may have committed late
   */
  async readPending(request: {
    readonly except: readonly number[]
    readonly limit: number
    readonly all: boolean
  }): Promise<PendingRow[]> {
    const after = request.all ? 0 : Math.max(0, this.#highest - LOOK_BACK)
    const { rows } = await this.#client.query<OutboxRow>({
      name: 'read',
      text: `SELECT day::text, position, id, tenant_id, source, type, aggregate_id, sequence, occurred_at, traceparent, data
             FROM outbox WHERE published_at IS NULL AND position > $1 AND position <> ALL ($2::bigint[])
             ORDER BY position LIMIT $3`,
      values: [after, request.except, request.limit],
    })
    const pending = rows.map(fromRow)
    this.#highest = Math.max(this.#highest, pending.at(-1)?.position ?? 0)
    return pending
  }

  /** JetStream has these; `lastSequence` is how far the stream had come. */
  async markPublished(stream: string, rows: readonly PendingRow[], lastSequence: number): Promise<void> {
    await this.#client.query({
      name: 'mark',
      text: `WITH known AS (UPDATE outbox_stream SET last_sequence = $3 WHERE stream = $4 AND last_sequence < $3)
             UPDATE outbox SET published_at = now() FROM unnest($1::date[], $2::uuid[]) AS done (day, id)
             WHERE outbox.day = done.day AND outbox.id = done.id`,
      values: [rows.map(({ day }) => day), rows.map(({ message }) => message.id), lastSequence, stream],
    })
  }

  async knownStream(stream: string): Promise<KnownStream | undefined> {
    const { rows } = await this.#client.query<{ created: string; last_sequence: string }>(
      `SELECT created, last_sequence FROM outbox_stream WHERE stream = $1`,
      [stream],
    )
    return rows[0] && { created: rows[0].created, lastSequence: Number(rows[0].last_sequence) }
  }

  /**
   * Everything that is kept waits again, for a stream that does not have it.
   * @returns how many had been published to the store before
   */
  async sendAgain(stream: string, known: KnownStream): Promise<number> {
    await this.#client.query(`BEGIN; SET LOCAL statement_timeout = 0`)
    const { rowCount } = await this.#client.query(
      `UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL`,
    )
    await this.#client.query(
      `INSERT INTO outbox_stream (stream, created, last_sequence) VALUES ($1, $2, $3)
       ON CONFLICT (stream) DO UPDATE SET created = $2, last_sequence = $3`,
      [stream, known.created, known.lastSequence],
    )
    await this.#client.query('COMMIT')
    this.#highest = 0
    return rowCount ?? 0
  }

  /** Makes the partitions to come and forgets what is old, here and in the inbox. Gives up soon when others are busy. */
  async maintain(): Promise<void> {
    await this.#client.query(`SET lock_timeout = '2s'`)
    try {
      await this.#client.query('SELECT outbox_maintain()')
      const { rows } = await this.#client.query<{ there: boolean }>(
        `SELECT to_regproc('inbox_maintain') IS NOT NULL AS there`,
      )
      if (rows[0]?.there) await this.#client.query('SELECT inbox_maintain()')
    } finally {
      await this.#client.query(`SET lock_timeout = 0`)
    }
  }
}

interface OutboxRow {
  day: string
  position: string
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

const fromRow = (row: OutboxRow): PendingRow => ({
  day: row.day,
  position: Number(row.position),
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
