import {
  BudgetChangedEventSchema,
  LedgerEnteredEventSchema,
  QuotaConsumedEventSchema,
  QuotaExhaustedEventSchema,
  QuotaReleasedEventSchema,
  QuotaReservedEventSchema,
} from '@iama/contracts/iama/billing/v1/events'
import { assertNever, type Ids } from '@iama/kernel'
import { messagesOf, type DomainMessage, type Occasion, type Outbox, type Tell } from '@iama/messaging'
import type { Announcement, Announcements } from '../application/ports.ts'

/** Turns what happened into the events that other services read. */
export class OutboxAnnouncements implements Announcements {
  readonly #outbox: Outbox
  readonly #tenantId: string
  readonly #messages: (occasion: Occasion) => Tell

  constructor(outbox: Outbox, tenantId: string, ids: Ids, traceparent: () => string) {
    this.#outbox = outbox
    this.#tenantId = tenantId
    this.#messages = messagesOf({ source: 'billing', ids, traceparent })
  }

  async announce(fact: Announcement, at: Date): Promise<void> {
    const tell = this.#messages({ tenantId: this.#tenantId, time: at })
    await this.#outbox.append([messageOf(fact, this.#tenantId, tell)])
  }
}

const messageOf = (fact: Announcement, tenantId: string, tell: Tell): DomainMessage => {
  switch (fact.type) {
    case 'quota.reserved': {
      const { reservationId, jobId, tier } = fact
      return tell(fact.type, jobId, QuotaReservedEventSchema, { reservationId, jobId, tier })
    }
    case 'quota.exhausted': {
      const { jobId, tier, limit } = fact
      return tell(fact.type, jobId, QuotaExhaustedEventSchema, { jobId, tier, limit })
    }
    case 'quota.consumed': {
      const { reservationId, jobId } = fact
      return tell(fact.type, jobId, QuotaConsumedEventSchema, { reservationId, jobId })
    }
    case 'quota.released': {
      const { reservationId, jobId, result } = fact
      return tell(fact.type, jobId, QuotaReleasedEventSchema, { reservationId, jobId, result })
    }
    case 'ledger.entered': {
      const { id: ledgerEntryId, jobId, amountMicros, currency } = fact.entry
      return tell(fact.type, jobId, LedgerEnteredEventSchema, {
        ledgerEntryId,
        jobId,
        amountMicros: BigInt(amountMicros),
        currency,
      })
    }
    case 'budget.changed': {
      const { userId, monthMicros } = fact
      return tell(fact.type, tenantId, BudgetChangedEventSchema, { userId, monthMicros: BigInt(monthMicros) })
    }
    default:
      return assertNever(fact)
  }
}
