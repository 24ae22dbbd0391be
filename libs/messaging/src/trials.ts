import type { JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { publishInto } from './publish-into.ts'
import { lastOf, purge, type StreamDeclaration } from './streams.ts'

/** As in `deploy/nats/streams.yaml`; here too, for a consumer must be able to make it again after a wiped store. */
export const trialStream: StreamDeclaration = {
  name: 'EVENTS_TRIALS',
  subjects: ['trials.>'],
  maxAgeDays: 1,
  dedupMinutes: 10,
  consumers: [],
}

/**
 * The act on an event that was delivered often and of which nobody knows why: perhaps it ends the process, perhaps
 * another one did that was held beside it. It is noted where it outlives the process, and the note is taken back
 * whatever comes of the act.
 */
export class Trial {
  readonly #nats: NatsConnection
  readonly #subject: string

  constructor(nats: NatsConnection, { info }: JsMsg, consumer: string) {
    this.#nats = nats
    // the numbers of a stream begin anew in another store: its time of storing tells them apart
    this.#subject = `trials.${info.stream}.${consumer}.${info.streamSequence}.${info.timestampNanos}`
  }

  /** Whether a process ended in it. */
  async wasFatal(): Promise<boolean> {
    return (await lastOf(this.#nats, trialStream.name, this.#subject)) !== undefined
  }

  async hold(act: () => Promise<void>): Promise<void> {
    await publishInto(this.#nats, trialStream, this.#subject, new Uint8Array())
    try {
      await act()
    } finally {
      await purge(this.#nats, trialStream.name, this.#subject)
    }
  }
}
