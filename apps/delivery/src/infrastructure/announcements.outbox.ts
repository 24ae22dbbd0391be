import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import {
  PatchAppliedEventSchema,
  PatchRevertedEventSchema,
  ProvenanceRecordedEventSchema,
} from '@iama/contracts/iama/delivery/v1/events'
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
        source: 'delivery',
        type: announcement.type,
        aggregateId: announcement.jobId,
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
    case 'provenance.recorded': {
      const { jobId, patchSha256, verdictSha256 } = fact
      return bytes(ProvenanceRecordedEventSchema, { jobId, patchSha256, verdictSha256 })
    }
    case 'patch.applied':
      return bytes(PatchAppliedEventSchema, { jobId: fact.jobId, treeHash: fact.treeHash })
    case 'patch.reverted':
      return bytes(PatchRevertedEventSchema, { jobId: fact.jobId, treeHash: fact.treeHash })
    default:
      return assertNever(fact)
  }
}

const bytes = <Desc extends DescMessage>(schema: Desc, data: MessageInitShape<Desc>): Uint8Array =>
  toBinary(schema, create(schema, data))
