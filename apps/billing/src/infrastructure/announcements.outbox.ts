import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import {
  LedgerEnteredEventSchema,
  QuotaConsumedEventSchema,
  QuotaExhaustedEventSchema,
  QuotaReleasedEventSchema,
  QuotaReservedEventSchema,
} from '@iama/contracts/iama/billing/v1/events'
import { assertNever, type Ids } from '@iama/kernel'
import type { Outbox } from '@iama/messaging'
import type { Announcement, Announcements } from '../application/ports.ts'

/** Turns what happened into the events that other services read. */
export class OutboxAnnouncements implements Announcements {
  readonly #outbox: Outbox
  readonly #tenantId: string
  readonly #ids: Ids
  readonly #traceparent: () => string

  constructor(outbox: Outbox, tenantId: string, ids: Ids, traceparent: () => string) {
    this.#outbox = outbox
    this.#tenantId = tenantId
    this.#ids = ids
    this.#traceparent = traceparent
  }

  async announce(announcement: Announcement, at: Date): Promise<void> {
    await this.#outbox.append([
      {
        id: this.#ids.next(),
        tenantId: this.#tenantId,
        source: 'billing',
        type: announcement.type,
        aggregateId: announcement.type === 'ledger.entered' ? announcement.entry.jobId : announcement.jobId,
        sequence: 0,
        time: at,
        traceparent: this.#traceparent(),
        data: encode(announcement),
      },
    ])
  }
}

const encode = (fact: Announcement): Uint8Array => {
  switch (fact.type) {
    case 'quota.reserved': {
      const { reservationId, jobId, tier } = fact
      return bytes(QuotaReservedEventSchema, { reservationId, jobId, tier })
    }
    case 'quota.exhausted': {
      const { jobId, tier, limit } = fact
      return bytes(QuotaExhaustedEventSchema, { jobId, tier, limit })
    }
    case 'quota.consumed': {
      const { reservationId, jobId } = fact
      return bytes(QuotaConsumedEventSchema, { reservationId, jobId })
    }
    case 'quota.released': {
      const { reservationId, jobId, result } = fact
      return bytes(QuotaReleasedEventSchema, { reservationId, jobId, result })
    }
    case 'ledger.entered': {
      const { id: ledgerEntryId, jobId, amountMicros, currency } = fact.entry
      return bytes(LedgerEnteredEventSchema, { ledgerEntryId, jobId, amountMicros: BigInt(amountMicros), currency })
    }
    default:
      return assertNever(fact)
  }
}

const bytes = <Desc extends DescMessage>(schema: Desc, data: MessageInitShape<Desc>): Uint8Array =>
  toBinary(schema, create(schema, data))
