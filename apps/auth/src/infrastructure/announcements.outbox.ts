import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import {
  ApiKeyCreatedEventSchema,
  ApiKeyRevokedEventSchema,
  SessionRevokedEventSchema,
  UserLoggedInEventSchema,
  UserRegisteredEventSchema,
} from '@iama/contracts/iama/auth/v1/events'
import { assertNever, type Ids } from '@iama/kernel'
import type { Outbox } from '@iama/messaging'
import type { Announcement, Announcements } from '../application/ports.ts'

/** Turns what happened into the events that other services read. They carry ids, no addresses. */
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
    const { aggregateId, data } = encode(announcement)
    await this.#outbox.append([
      {
        id: this.#ids.next(),
        tenantId: this.#tenantId,
        source: 'auth',
        type: announcement.type,
        aggregateId,
        sequence: 0,
        time: at,
        traceparent: this.#traceparent(),
        data,
      },
    ])
  }
}

const encode = (announcement: Announcement): { aggregateId: string; data: Uint8Array } => {
  switch (announcement.type) {
    case 'user.registered': {
      const { userId, role } = announcement
      return { aggregateId: userId, data: bytes(UserRegisteredEventSchema, { userId, role }) }
    }
    case 'user.loggedin': {
      const { userId, sessionId } = announcement
      return { aggregateId: userId, data: bytes(UserLoggedInEventSchema, { userId, sessionId }) }
    }
    case 'session.revoked': {
      const { sessionId, reason } = announcement
      return { aggregateId: sessionId, data: bytes(SessionRevokedEventSchema, { sessionId, reason }) }
    }
    case 'apikey.created': {
      const { apiKeyId, userId } = announcement
      return { aggregateId: apiKeyId, data: bytes(ApiKeyCreatedEventSchema, { apiKeyId, userId }) }
    }
    case 'apikey.revoked': {
      const { apiKeyId } = announcement
      return { aggregateId: apiKeyId, data: bytes(ApiKeyRevokedEventSchema, { apiKeyId }) }
    }
    default:
      return assertNever(announcement)
  }
}

const bytes = <Desc extends DescMessage>(schema: Desc, data: MessageInitShape<Desc>): Uint8Array =>
  toBinary(schema, create(schema, data))
