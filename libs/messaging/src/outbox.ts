import type { EntityManager } from 'typeorm'
import type { DomainMessage } from './event.ts'

/** Where a use case leaves the facts that others must hear of, in the transaction that makes them true. */
export interface Outbox {
  append(messages: readonly DomainMessage[]): Promise<void>
}

export class PostgresOutbox implements Outbox {
  readonly #manager: EntityManager

  constructor(manager: EntityManager) {
    this.#manager = manager
  }

  async append(messages: readonly DomainMessage[]): Promise<void> {
    if (messages.length === 0) return
    const columns = 9
    const rows = messages.map((_, row) => {
      const at = (column: number) => `$${row * columns + column + 1}`
      return `(${Array.from({ length: columns }, (_, column) => at(column)).join(', ')})`
    })
    await this.#manager.query(
      `INSERT INTO outbox (id, tenant_id, source, type, aggregate_id, sequence, occurred_at, traceparent, data)
       VALUES ${rows.join(', ')}`,
      messages.flatMap((m) => [
        m.id,
        m.tenantId,
        m.source,
        m.type,
        m.aggregateId,
        m.sequence,
        m.time,
        m.traceparent,
        Buffer.from(m.data),
      ]),
    )
  }
}
