import { setTimeout as sleep } from 'node:timers/promises'

import { ConnectError } from '@connectrpc/connect'
import type { WatchJobResponse } from '@iama/contracts/iama/jobs/v1/service'

import { pauseBefore } from './client.ts'
import { isConnectionLoss } from './errors.ts'

/** The server speaks every 15 s at least: three silences in a row mean that the connection is dead. */
const SILENCE_MS = 45_000
/** How long a lost connection is tried again before the client gives up. */
const GIVE_UP_AFTER_MS = 180_000

export interface WatchOptions {
  /** Opens the stream after a sequence. */
  readonly open: (after: bigint, signal: AbortSignal) => AsyncIterable<WatchJobResponse>
  /** Whether nothing more will come, asked when a stream ends by itself. */
  readonly isOver: () => Promise<boolean>
  /** The last sequence that is known; 0 for all. */
  readonly after: bigint
  readonly signal: AbortSignal
  /** Told about each loss of the connection and about its return. */
  readonly onTrouble: (message: string) => void
  readonly silenceMs?: number
  readonly giveUpAfterMs?: number
}

/** Passes a stream on and aborts it when it stays silent for too long; a reader that takes its time is not silence. */
async function* withoutSilence(
  open: (signal: AbortSignal) => AsyncIterable<WatchJobResponse>,
  outer: AbortSignal,
  silenceMs: number,
): AsyncGenerator<WatchJobResponse> {
  const silence = new AbortController()
  // a reader that stops early must not leave the connection open: it would keep the process alive
  const left = new AbortController()
  const listen = () => setTimeout(() => silence.abort(), silenceMs)
  let timer = listen()
  try {
    for await (const event of open(AbortSignal.any([outer, silence.signal, left.signal]))) {
      clearTimeout(timer)
      yield event
      timer = listen()
    }
  } catch (error) {
    if (silence.signal.aborted && !outer.aborted) throw new SilentStream(`silent for ${Math.round(silenceMs / 1000)} s`)
    throw error
  } finally {
    clearTimeout(timer)
    left.abort()
  }
}

class SilentStream extends Error {}

/**
 * A job's log, each entry once and in order, across any loss of the connection: it is opened again after the last
 * sequence that arrived. Ends when the job is over.
 * @throws the last error when the server stays away, and at once what it refuses
 */
export async function* watchJob(options: WatchOptions): AsyncGenerator<WatchJobResponse> {
  const { open, isOver, signal, onTrouble } = options
  const { silenceMs = SILENCE_MS, giveUpAfterMs = GIVE_UP_AFTER_MS } = options
  let last = options.after
  let attempt = 0
  let lostAt = 0
  while (!signal.aborted) {
    try {
      for await (const event of withoutSilence((inner) => open(last, inner), signal, silenceMs)) {
        if (attempt > 0) onTrouble('connected again')
        attempt = 0
        if (event.sequence <= last) continue
        last = event.sequence
        yield event
      }
      if (await isOver()) return
      if (attempt++ === 0) lostAt = performance.now()
    } catch (error) {
      if (signal.aborted) return
      if (!isConnectionLoss(error) && !(error instanceof SilentStream)) throw error
      if (attempt++ === 0) {
        lostAt = performance.now()
        const reason = ConnectError.from(error).rawMessage
        onTrouble(`the connection was lost (${reason}); the job goes on, connecting again from event ${last}`)
      }
      if (performance.now() - lostAt > giveUpAfterMs) throw error
    }
    await sleep(pauseBefore(attempt), undefined, { signal }).catch(() => undefined)
  }
}
