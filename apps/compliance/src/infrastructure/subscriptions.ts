import type { DomainMessage } from '@iama/messaging'
import type { Stores } from '../application/ports.ts'
import type { RecordEvent } from '../application/record-event.ts'
import type { AuditEntry } from '../domain/chain.ts'

/** The name under which each stream declares this service. */
export const CONSUMER = 'compliance'

/** Every event of every service becomes a record. */
export const auditing =
  (recordEvent: RecordEvent) =>
  async (message: DomainMessage, stores: Stores): Promise<void> =>
    await recordEvent.execute(toEntry(message), stores)

const toEntry = ({ tenantId, id, type, source, aggregateId, time, data }: DomainMessage): AuditEntry => ({
  tenantId: tenantId.toLowerCase(), // as the database writes it
  eventId: id.toLowerCase(),
  type,
  source,
  subject: `${type.slice(0, type.indexOf('.'))}/${aggregateId}`,
  occurredAtMicros: BigInt(time.getTime()) * 1_000n,
  payload: data,
})
