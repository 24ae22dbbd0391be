import {
  SandboxDestroyedEventSchema,
  SandboxProvisionedEventSchema,
  SandboxWipedEventSchema,
} from '@iama/contracts/iama/sandbox/v1/events'
import type { Ids } from '@iama/kernel'
import { messagesOf, type DomainMessage, type Occasion, type Outbox, type Tell } from '@iama/messaging'
import type { Announcements, StoredSession } from '../application/ports.ts'
import type { Session, SessionEvent } from '../domain/session.ts'

/** Turns what happened to a session into the events that other services read. */
export class OutboxAnnouncements implements Announcements {
  readonly #outbox: Outbox
  readonly #messages: (occasion: Occasion) => Tell

  constructor(outbox: Outbox, ids: Ids, traceparent: () => string) {
    this.#outbox = outbox
    this.#messages = messagesOf({ source: 'sandbox', ids, traceparent })
  }

  async announce({ session, version, updatedAt }: StoredSession, events: readonly SessionEvent[]): Promise<void> {
    const tell = this.#messages({ tenantId: session.tenantId, time: updatedAt, sequence: version })
    await this.#outbox.append(events.flatMap((event) => messageOf(session, event, tell) ?? []))
  }
}

const messageOf = ({ sessionId, jobId }: Session, event: SessionEvent, tell: Tell): DomainMessage | undefined => {
  switch (event.type) {
    case 'SessionReady': {
      const data = { sessionId, jobId, runtime: 'bubblewrap' }
      return tell('sandbox.provisioned', sessionId, SandboxProvisionedEventSchema, data)
    }
    case 'DestructionStarted': {
      const data = { sessionId, jobId, reason: event.reason }
      return tell('sandbox.destroyed', sessionId, SandboxDestroyedEventSchema, data)
    }
    case 'SessionLost': {
      const data = { sessionId, jobId, reason: 'lost' }
      return tell('sandbox.destroyed', sessionId, SandboxDestroyedEventSchema, data)
    }
    case 'SessionWiped': {
      const { files, bytes } = event.evidence
      const data = { sessionId, jobId, files: BigInt(files), bytes: BigInt(bytes) }
      return tell('sandbox.wiped', sessionId, SandboxWipedEventSchema, data)
    }
    case 'ProvisioningStarted':
    case 'SessionFailed':
      return undefined
  }
}
