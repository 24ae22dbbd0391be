import type { Clock } from '@iama/kernel'
import type { ServiceHealth } from './health.http.ts'
import type { ConsumerView, NatsStreams, StreamView } from './streams.nats.ts'

/** Everything on the page, at one moment. */
export interface Overview {
  /** ISO 8601. */
  readonly at: string
  readonly services: readonly ServiceHealth[]
  readonly streams: readonly StreamView[]
  readonly consumers: readonly ConsumerView[]
  readonly deadLetters: {
    readonly total: number
    readonly letters: readonly {
      readonly sequence: number
      readonly type: string
      readonly consumer: string
      readonly reason: string
      readonly at: string
    }[]
  }
  /** Why the streams are not known; empty when they are. */
  readonly problem: string
}

const SHOWN_LETTERS = 20
/** Many open pages cost as much as one. */
const FRESH_MS = 1_000

/** Looks at everything, at most once a second, and never twice at once. */
export const overviewOf = (
  streams: NatsStreams,
  health: () => Promise<readonly ServiceHealth[]>,
  clock: Clock,
): (() => Promise<Overview>) => {
  let last: { readonly overview: Promise<Overview>; until: number } | undefined

  const look = async (): Promise<Overview> => {
    const [services, messaging] = await Promise.all([health(), lookAtStreams(streams)])
    return { at: clock.now().toISOString(), services, ...messaging }
  }

  return () => {
    if (last && clock.now().getTime() < last.until) return last.overview
    const entry = { overview: look(), until: Infinity }
    last = entry
    entry.overview.then(
      () => (entry.until = clock.now().getTime() + FRESH_MS),
      () => (entry.until = 0),
    )
    return entry.overview
  }
}

/** While NATS is away, the health of the services is still told. */
const lookAtStreams = async (view: NatsStreams): Promise<Omit<Overview, 'at' | 'services'>> => {
  try {
    const [streams, consumers, { letters, total }] = await Promise.all([
      view.streams(),
      view.consumers(),
      view.deadLetters(SHOWN_LETTERS),
    ])
    const shown = letters.map(({ sequence, type, consumer, reason, at }) => ({
      sequence,
      type,
      consumer,
      reason,
      at: at.toISOString(),
    }))
    return { streams, consumers, deadLetters: { total, letters: shown }, problem: '' }
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'NATS does not answer'
    return { streams: [], consumers: [], deadLetters: { total: 0, letters: [] }, problem }
  }
}
