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

/** Notes that this process could not take back: it has not ended, so they say nothing of an event. */
const leftByUs = new Set<string>()

/**
 * The act on an event that was delivered often and of which nobody knows why: perhaps it ends the process, perhaps
 * another one did that was held beside it. It is noted where it outlives the process, and the note is taken back
 * whatever comes of the act. What comes of the act is never that the note could not be taken back: such a note is told,
 * and goes with its day.
 */
export class Trial {
  readonly #nats: NatsConnection
  readonly #subject: string
  readonly #warn: (text: string) => void

  constructor(nats: NatsConnection, { info }: Pick<JsMsg, 'info'>, consumer: string, warn: (text: string) => void) {
    this.#nats = nats
    this.#warn = warn
    // the numbers of a stream begin anew in another store: its time of storing tells them apart
    this.#subject = `trials.${info.stream}.${consumer}.${info.streamSequence}.${info.timestampNanos}`
  }

  /** Whether a process ended in it. */
  async wasFatal(): Promise<boolean> {
    if (leftByUs.has(this.#subject)) return false
    return (await lastOf(this.#nats, trialStream.name, this.#subject)) !== undefined
  }

  async hold(act: () => Promise<void>): Promise<void> {
    await publishInto(this.#nats, trialStream, this.#subject, new Uint8Array())
    try {
      await act()
    } finally {
      await this.#takeBack()
    }
  }

  async #takeBack(): Promise<void> {
    try {
      await purge(this.#nats, trialStream.name, this.#subject)
      leftByUs.delete(this.#subject)
    } catch (error) {
      leftByUs.add(this.#subject)
      this.#warn(
        `the note ${this.#subject} was not taken back: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
}
