import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import {
  SandboxDestroyedEventSchema,
  SandboxProvisionedEventSchema,
  SandboxWipedEventSchema,
} from '@iama/contracts/iama/sandbox/v1/events'
import type { Ids } from '@iama/kernel'
import type { DomainMessage, Outbox } from '@iama/messaging'
import type { Announcements, StoredSession } from '../application/ports.ts'
import type { SessionEvent } from '../domain/session.ts'

/** Turns what happened to a session into the events that other services read. */
export class OutboxAnnouncements implements Announcements {
  readonly #outbox: Outbox
  readonly #ids: Ids
  readonly #traceparent: () => string

  constructor(outbox: Outbox, ids: Ids, traceparent: () => string) {
    this.#outbox = outbox
    this.#ids = ids
    this.#traceparent = traceparent
  }

  async announce(stored: StoredSession, events: readonly SessionEvent[]): Promise<void> {
    await this.#outbox.append(events.flatMap((event) => this.#messageOf(stored, event) ?? []))
  }

  #messageOf(stored: StoredSession, event: SessionEvent): DomainMessage | undefined {
    const { sessionId, jobId } = stored.session
    switch (event.type) {
      case 'SessionReady':
        return this.#message(stored, 'provisioned', SandboxProvisionedEventSchema, {
          sessionId,
          jobId,
          runtime: 'bubblewrap',
        })
      case 'DestructionStarted':
        return this.#message(stored, 'destroyed', SandboxDestroyedEventSchema, {
          sessionId,
          jobId,
          reason: event.reason,
        })
      case 'SessionLost':
        return this.#message(stored, 'destroyed', SandboxDestroyedEventSchema, { sessionId, jobId, reason: 'lost' })
      case 'SessionWiped': {
        const { files, bytes } = event.evidence
        const data = { sessionId, jobId, files: BigInt(files), bytes: BigInt(bytes) }
        return this.#message(stored, 'wiped', SandboxWipedEventSchema, data)
      }
      case 'ProvisioningStarted':
      case 'SessionFailed':
        return undefined
    }
  }

  #message<Desc extends DescMessage>(
    stored: StoredSession,
    event: string,
    schema: Desc,
    data: MessageInitShape<Desc>,
  ): DomainMessage {
    return {
      id: this.#ids.next(),
      tenantId: stored.session.tenantId,
      source: 'sandbox',
      type: `sandbox.${event}`,
      aggregateId: stored.session.sessionId,
      sequence: stored.version,
      time: stored.updatedAt,
      traceparent: this.#traceparent(),
      data: toBinary(schema, create(schema, data)),
    }
  }
}
