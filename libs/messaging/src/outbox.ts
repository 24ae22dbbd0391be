import { isUuid } from '@iama/kernel'
import type { EntityManager } from 'typeorm'
import type { DomainMessage } from './event.ts'

/** Messages carry references, ids and codes: what is larger belongs into an artifact. */
export const MAX_EVENT_BYTES = 65_536

/** A message that could never be published: a defect of whoever made it, found before it is committed. */
export class EventRefused extends Error {}

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
    for (const message of messages) assertPublishable(message)
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

// A row that JetStream refuses would hold back everything behind it for ever.
const assertPublishable = (message: DomainMessage): void => {
  const refuse = (reason: string): never => {
    throw new EventRefused(`event ${message.type} of ${message.source}: ${reason}`)
  }
  if (!isUuid(message.id)) refuse('its id is not a UUID')
  if (!isUuid(message.tenantId)) refuse('its tenant is not a UUID')
  if (!/^[a-z][a-z0-9-]*$/.test(message.source)) refuse('its source is not the name of a service')
  if (!/^[a-z][a-z0-9]*\.[a-z][a-z0-9]*$/.test(message.type)) refuse('its type is not <aggregate>.<event>')
  if (!/^[\x21-\x7e]{1,200}$/.test(message.aggregateId)) refuse('its aggregate id is empty, too long or not plain')
  if (!/^[\x21-\x7e]{0,100}$/.test(message.traceparent)) refuse('its trace context is not plain')
  if (!Number.isSafeInteger(message.sequence) || message.sequence < 0) refuse('its sequence is not a number')
  if (Number.isNaN(message.time.getTime())) refuse('its time is not a time')
  if (message.data.byteLength > MAX_EVENT_BYTES) {
    refuse(`${message.data.byteLength} bytes are more than ${MAX_EVENT_BYTES}; refer to an artifact instead`)
  }
}
