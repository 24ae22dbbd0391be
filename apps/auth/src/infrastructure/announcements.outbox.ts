import {
  ApiKeyCreatedEventSchema,
  ApiKeyRevokedEventSchema,
  SessionRevokedEventSchema,
  UserLoggedInEventSchema,
  UserRegisteredEventSchema,
} from '@iama/contracts/iama/auth/v1/events'
import { assertNever, type Ids } from '@iama/kernel'
import { messagesOf, type DomainMessage, type Occasion, type Outbox, type Tell } from '@iama/messaging'
import type { Announcement, Announcements } from '../application/ports.ts'

/** Turns what happened into the events that other services read. They carry ids, no addresses. */
export class OutboxAnnouncements implements Announcements {
  readonly #outbox: Outbox
  readonly #tenantId: string
  readonly #messages: (occasion: Occasion) => Tell

  constructor(outbox: Outbox, tenantId: string, ids: Ids, traceparent: () => string) {
    this.#outbox = outbox
    this.#tenantId = tenantId
    this.#messages = messagesOf({ source: 'auth', ids, traceparent })
  }

  async announce(fact: Announcement, at: Date): Promise<void> {
    await this.#outbox.append([messageOf(fact, this.#messages({ tenantId: this.#tenantId, time: at }))])
  }
}

const messageOf = (fact: Announcement, tell: Tell): DomainMessage => {
  switch (fact.type) {
    case 'user.registered': {
      const { userId, role } = fact
      return tell(fact.type, userId, UserRegisteredEventSchema, { userId, role })
    }
    case 'user.loggedin': {
      const { userId, sessionId } = fact
      return tell(fact.type, userId, UserLoggedInEventSchema, { userId, sessionId })
    }
    case 'session.revoked': {
      const { sessionId, reason } = fact
      return tell(fact.type, sessionId, SessionRevokedEventSchema, { sessionId, reason })
    }
    case 'apikey.created': {
      const { apiKeyId, userId } = fact
      return tell(fact.type, apiKeyId, ApiKeyCreatedEventSchema, { apiKeyId, userId })
    }
    case 'apikey.revoked': {
      const { apiKeyId } = fact
      return tell(fact.type, apiKeyId, ApiKeyRevokedEventSchema, { apiKeyId })
    }
    default:
      return assertNever(fact)
  }
}
