import {
  PatchAppliedEventSchema,
  PatchRevertedEventSchema,
  ProvenanceRecordedEventSchema,
} from '@iama/contracts/iama/delivery/v1/events'
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
    this.#messages = messagesOf({ source: 'delivery', ids, traceparent })
  }

  async announce(fact: Announcement, at: Date): Promise<void> {
    await this.#outbox.append([messageOf(fact, this.#messages({ tenantId: this.#tenantId, time: at }))])
  }
}

const messageOf = (fact: Announcement, tell: Tell): DomainMessage => {
  switch (fact.type) {
    case 'provenance.recorded': {
      const { jobId, patchSha256, verdictSha256 } = fact
      return tell(fact.type, jobId, ProvenanceRecordedEventSchema, { jobId, patchSha256, verdictSha256 })
    }
    case 'patch.applied':
      return tell(fact.type, fact.jobId, PatchAppliedEventSchema, { jobId: fact.jobId, treeHash: fact.treeHash })
    case 'patch.reverted':
      return tell(fact.type, fact.jobId, PatchRevertedEventSchema, { jobId: fact.jobId, treeHash: fact.treeHash })
    default:
      return assertNever(fact)
  }
}
