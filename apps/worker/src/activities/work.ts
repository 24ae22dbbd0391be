import { DomainError } from '@iama/kernel'
import { span, withTraceparent } from '@iama/telemetry'
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity'
import type { JobRef } from '../workflows/story.ts'

interface Tally {
  /** How often the work itself has failed; waiting for a dependency does not count. */
  readonly failures: number
}

const isAway = (error: DomainError): boolean => error.kind === 'unavailable' && error.code !== 'SANDBOX_LOST'

/**
 * Runs an activity's work: heartbeats while it runs, its span in the job's trace, and failures as Temporal should see
 * them. A dependency that is away is repeated until the schedule-to-close timeout; the work's own failures only
 * `mayFail` times; what the domain refuses is not repeated at all.
 */
export const work = async <Result>(
  ref: JobRef,
  name: string,
  mayFail: number,
  run: (signal: AbortSignal) => Promise<Result>,
  beatMs = heartbeatMs,
): Promise<Result> => {
  const context = Context.current()
  const tally = (context.info.heartbeatDetails as Tally | undefined) ?? { failures: 0 }
  // within the workflow's own task nobody listens: it is short, and tried once
  const beat = context.info.isLocal ? undefined : setInterval(() => context.heartbeat(tally), beatMs)
  try {
    return await withTraceparent(ref.traceparent || undefined, () =>
      span(name, () => run(context.cancellationSignal), { job_id: ref.jobId }),
    )
  } catch (error) {
    if (context.cancellationSignal.aborted) throw new CancelledFailure('the activity was cancelled')
    throw asFailure(error, tally, mayFail)
  } finally {
    clearInterval(beat)
  }
}

/** Work that costs money while it runs: it hears within half a second that nobody wants it any longer. */
export const promptly: typeof work = (ref, name, mayFail, run) =>
  work(ref, name, mayFail, run, Math.min(heartbeatMs, PROMPT_MS))

/** Models that do not answer are asked so often, each time later, before a person hears of it. */
const MOST_ASKED = 6

/** A provider says itself when to come back: Temporal keeps the time, whatever becomes of this process. */
const asProviderFailure = ({ message, code, metadata }: DomainError): ApplicationFailure => {
  const hopeless = metadata['hopeless'] === 'true' || Context.current().info.attempt >= MOST_ASKED
  if (hopeless) return ApplicationFailure.nonRetryable(message, code)
  const after = Number(metadata['retry_after_ms'])
  return ApplicationFailure.create({
    message,
    type: code,
    ...(after > 0 && { nextRetryDelay: after }),
  })
}

const asFailure = (error: unknown, tally: Tally, mayFail: number): Error => {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error
  const code = error instanceof DomainError ? error.code : 'INTERNAL'
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof DomainError) {
    if (error.code === 'PROVIDER_UNAVAILABLE') return asProviderFailure(error)
    if (isAway(error)) return ApplicationFailure.retryable(message, code)
    if (isFinalRefusal(error)) return ApplicationFailure.nonRetryable(message, code)
  }
  const failures = tally.failures + 1
  if (failures >= mayFail) return ApplicationFailure.nonRetryable(message, code)
  if (!Context.current().info.isLocal) Context.current().heartbeat({ failures } satisfies Tally)
  return ApplicationFailure.retryable(message, code)
}

/** Asking again would be answered the same. */
const isFinalRefusal = (error: DomainError): boolean => finalKinds.has(error.kind) || error.code === 'SANDBOX_LOST'

const finalKinds: ReadonlySet<string> = new Set([
  'exhausted',
  'invalid',
  'not-found',
  'conflict',
  'unauthenticated',
  'forbidden',
])

const PROMPT_MS = 500
let heartbeatMs = 5_000

/** Set once at the start of the process. */
export const setHeartbeat = (milliseconds: number): void => {
  heartbeatMs = milliseconds
}
