import {
  jetstreamManager,
  JetStreamApiError,
  type ConsumerInfo,
  type JetStreamManager,
  type MsgRequest,
  type NextMsgRequest,
} from '@nats-io/jetstream'
import { DomainError, type Clock } from '@iama/kernel'
import { DEAD_LETTER_STREAM, listDeadLetters, type DeadLetter, type NatsConnection } from '@iama/messaging'

/** How long one question may take, and how long all of a look. */
const TIMEOUT_MS = 1_000
const LOOK_MS = 2_000
const NOT_FOUND_CODES = new Set([10014, 10037, 10059])

/** One stream as the server has it. */
export interface StreamView {
  readonly name: string
  readonly messages: number
  readonly bytes: number
  readonly consumers: number
  /** When the last message was stored; undefined when none was. */
  readonly lastAt: Date | undefined
}

/** How far a consumer is behind. */
export interface ConsumerView {
  readonly stream: string
  readonly name: string
  /** Messages not yet delivered. */
  readonly pending: number
  /** Messages delivered and not yet acknowledged. */
  readonly unacknowledged: number
  readonly redelivered: number
  /** Age of the oldest message that is not acknowledged, in seconds; 0 when there is none. */
  readonly lagSeconds: number
}

export interface DeadLetters {
  /** Newest first. */
  readonly letters: readonly DeadLetter[]
  readonly total: number
}

/** NATS is away or too slow; what depends on it is not known. */
export class NatsUnavailable extends DomainError {
  readonly code = 'NATS_UNAVAILABLE'
  override readonly kind = 'unavailable'
}

/** What JetStream tells about itself, asked at every look. */
export class NatsStreams {
  readonly #nats: Promise<NatsConnection>
  readonly #clock: Clock

  /** @param nats may still be connecting: the page is there before NATS is */
  constructor(nats: Promise<NatsConnection>, clock: Clock) {
    this.#nats = nats
    this.#clock = clock
  }

  /** By name. @throws NatsUnavailable */
  streams(): Promise<StreamView[]> {
    return this.#ask(async (manager) => {
      const found: StreamView[] = []
      for await (const { config, state } of manager.streams.list())
        found.push({
          name: config.name,
          messages: state.messages,
          bytes: state.bytes,
          consumers: state.consumer_count,
          lastAt: state.messages > 0 ? new Date(state.last_ts) : undefined,
        })
      return found.sort((a, b) => (a.name < b.name ? -1 : 1))
    })
  }

  /** By stream and name. @throws NatsUnavailable */
  async consumers(): Promise<ConsumerView[]> {
    const streams = await this.streams()
    return await this.#ask(async (manager) => {
      const found: ConsumerView[] = []
      for (const { name } of streams)
        for await (const info of manager.consumers.list(name)) found.push(await this.#consumer(manager, info))
      return found.sort((a, b) => (`${a.stream} ${a.name}` < `${b.stream} ${b.name}` ? -1 : 1))
    })
  }

  /** None where there is no dead-letter stream. @throws NatsUnavailable */
  deadLetters(limit: number): Promise<DeadLetters> {
    return this.#ask(async (manager, nats) => {
      const stream = await orUndefined(manager.streams.info(DEAD_LETTER_STREAM))
      if (!stream || stream.state.messages === 0) return { letters: [], total: 0 }
      return { letters: await listDeadLetters(nats, limit), total: stream.state.messages }
    })
  }

  async #consumer(manager: JetStreamManager, info: ConsumerInfo): Promise<ConsumerView> {
    return {
      stream: info.stream_name,
      name: info.name,
      pending: info.num_pending,
      unacknowledged: info.num_ack_pending,
      redelivered: info.num_redelivered,
      lagSeconds: await this.#lagOf(manager, info),
    }
  }

  /** Everything up to the acknowledgement floor is done, so the next message that it reads is the oldest open one. */
  async #lagOf(manager: JetStreamManager, info: ConsumerInfo): Promise<number> {
    if (info.num_pending + info.num_ack_pending === 0) return 0
    const { filter_subjects: many, filter_subject: one } = info.config
    const filters = many ?? [one ?? '>']
    const from = info.ack_floor.stream_seq + 1
    const open = await Promise.all(
      filters.map((filter) => {
        // the server knows this request; the client types it for the direct API alone
        const next: NextMsgRequest = { seq: from, next_by_subj: filter }
        return orUndefined(manager.streams.getMessage(info.stream_name, next as MsgRequest))
      }),
    )
    const times = open.flatMap((message) => (message ? [message.time.getTime()] : []))
    if (times.length === 0) return 0
    return Math.max(0, (this.#clock.now().getTime() - Math.min(...times)) / 1_000)
  }

  async #ask<T>(question: (manager: JetStreamManager, nats: NatsConnection) => Promise<T>): Promise<T> {
    const late = new Promise<never>((_, reject) =>
      setTimeout(
        () => reject(new NatsUnavailable('NATS does not answer; start it, or look at its log')),
        LOOK_MS,
      ).unref(),
    )
    try {
      const answer = this.#nats.then(async (nats) =>
        question(await jetstreamManager(nats, { timeout: TIMEOUT_MS, checkAPI: false }), nats),
      )
      return await Promise.race([answer, late])
    } catch (error) {
      if (error instanceof NatsUnavailable) throw error
      throw new NatsUnavailable(`NATS does not answer: ${error instanceof Error ? error.message : 'unknown'}`)
    }
  }
}

/** A stream or message that has gone in the meantime is no error. */
const orUndefined = async <T>(answer: Promise<T>): Promise<T | undefined> => {
  try {
    return await answer
  } catch (error) {
    if (error instanceof JetStreamApiError && NOT_FOUND_CODES.has(error.code)) return undefined
    throw error
  }
}
