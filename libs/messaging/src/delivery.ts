import type { JsMsg } from '@nats-io/jetstream'
import { decodeMessage, MalformedEvent } from './cloud-events.ts'
import type { DomainMessage } from './event.ts'

const MOST_REASONS = 1_000

/** One event as it was delivered. */
export interface Delivery {
  readonly wire: JsMsg
  readonly message: DomainMessage | MalformedEvent
  /** The stream that it came from: after another store took its place, its acknowledgement would hit another event. */
  readonly store: string
  /** When the server last heard that somebody works on it. */
  signalled: number
  readonly since: number
}

/** Empty for an event that has none. */
export const idOf = (wire: JsMsg): string => wire.headers?.get('ce-id') ?? ''

/** The event, or why it is none. */
export const decoded = (wire: JsMsg): DomainMessage | MalformedEvent => {
  try {
    return decodeMessage(wire)
  } catch (error) {
    if (error instanceof MalformedEvent) return error
    throw error
  }
}

/** Why events failed that will be delivered again; only as long as the process lives. */
export class FailureReasons {
  readonly #reasons = new Map<string, string>()

  of(eventId: string): string | undefined {
    return this.#reasons.get(eventId)
  }

  remember(eventId: string, reason: string): void {
    this.#reasons.set(eventId, reason)
    if (this.#reasons.size > MOST_REASONS) this.#reasons.delete(this.#reasons.keys().next().value!)
  }

  forget(eventId: string): void {
    this.#reasons.delete(eventId)
  }
}
