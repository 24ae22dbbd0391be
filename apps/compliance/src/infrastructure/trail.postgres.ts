import type { EntityManager } from 'typeorm'
import type { AuditTrail } from '../application/ports.ts'
import { EMPTY_CHAIN, headAt, type AuditRecord, type ChainHead } from '../domain/chain.ts'

/** Audit records in PostgreSQL: the service's role may add rows to them and do nothing else. */
export class PostgresAuditTrail implements AuditTrail {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async lockHead(): Promise<ChainHead> {
    const head = await this.#lock()
    if (head) return head
    // Of several first records of a tenant, one makes the head; the others wait here and then find it.
    await this.#manager.query(
      `INSERT INTO audit_heads (tenant_id, records, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [this.#tenantId, EMPTY_CHAIN.records, Buffer.from(EMPTY_CHAIN.hash)],
    )
    return (await this.#lock())!
  }

  async #lock(): Promise<ChainHead | undefined> {
    const [row]: HeadRow[] = await this.#manager.query(
      `SELECT records, hash FROM audit_heads WHERE tenant_id = $1 FOR UPDATE`,
      [this.#tenantId],
    )
    return row && { records: Number(row.records), hash: row.hash }
  }

  async append(record: AuditRecord): Promise<void> {
    await this.#manager.query(
      `INSERT INTO audit_records (tenant_id, position, event_id, type, source, subject, occurred_at, payload,
         payload_sha256, previous_hash, hash)
       VALUES ($1, $2, $3, $4, $5, $6, ${FROM_MICROS}, $8, $9, $10, $11)`,
      [
        this.#tenantId,
        record.position,
        record.eventId,
        record.type,
        record.source,
        record.subject,
        record.occurredAtMicros,
        Buffer.from(record.payload),
        Buffer.from(record.payloadSha256),
        Buffer.from(record.previousHash),
        Buffer.from(record.hash),
      ],
    )
    const { records, hash } = headAt(record)
    await this.#manager.query(`UPDATE audit_heads SET records = $2, hash = $3 WHERE tenant_id = $1`, [
      this.#tenantId,
      records,
      Buffer.from(hash),
    ])
  }

  async after(position: number, limit: number): Promise<AuditRecord[]> {
    const rows: RecordRow[] = await this.#manager.query(
      `SELECT tenant_id, position, event_id, type, source, subject,
         (extract(epoch FROM occurred_at) * 1000000)::bigint AS occurred_at_micros,
         payload, payload_sha256, previous_hash, hash
       FROM audit_records WHERE tenant_id = $1 AND position > $2 ORDER BY position LIMIT $3`,
      [this.#tenantId, position, limit],
    )
    return rows.map(toRecord)
  }

  async extent(): Promise<{ head: ChainHead; last: number }> {
    const [row]: { records: string | null; hash: Buffer | null; last: string | null }[] = await this.#manager.query(
      `SELECT (SELECT records FROM audit_heads WHERE tenant_id = $1),
         (SELECT hash FROM audit_heads WHERE tenant_id = $1),
         (SELECT max(position) FROM audit_records WHERE tenant_id = $1) AS last`,
      [this.#tenantId],
    )
    const { records, hash, last } = row!
    return { head: hash ? { records: Number(records), hash } : EMPTY_CHAIN, last: Number(last ?? 0) }
  }
}

interface HeadRow {
  records: string
  hash: Buffer
}

interface RecordRow {
  tenant_id: string
  position: string
  event_id: string
  type: string
  source: string
  subject: string
  occurred_at_micros: string
  payload: Buffer
  payload_sha256: Buffer
  previous_hash: Buffer
  hash: Buffer
}

/** Whole numbers only: a fraction of seconds as a float would lose the last microsecond. */
const FROM_MICROS = `timestamptz 'epoch' + $7::bigint * interval '1 microsecond'`

const toRecord = (row: RecordRow): AuditRecord => ({
  tenantId: row.tenant_id,
  position: Number(row.position),
  eventId: row.event_id,
  type: row.type,
  source: row.source,
  subject: row.subject,
  occurredAtMicros: BigInt(row.occurred_at_micros),
  payload: row.payload,
  payloadSha256: row.payload_sha256,
  previousHash: row.previous_hash,
  hash: row.hash,
})
