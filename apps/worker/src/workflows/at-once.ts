import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  patched,
  proxyLocalActivities,
} from '@temporalio/workflow'

/** An answer that takes longer than this is waited for in a queue. */
const promptly = { startToCloseTimeout: '3 seconds', retry: { maximumAttempts: 1 } } as const

/** Asking again would be answered the same. What fails within the task comes without the wrapper of an activity. */
const isFinal = (error: unknown): boolean => {
  const cause = error instanceof ActivityFailure ? error.cause : error
  return cause instanceof ApplicationFailure && cause.nonRetryable === true
}

/**
 * Activities that are a call or two of our own services: tried once within the workflow's task, for the way through a
 * queue and back takes five times as long as they do. What does not succeed there goes through the queue, with all its
 * patience; each of them may be done twice. Stories from before this was known take the queue.
 */
export const atOnce = <Activities extends object>(queued: Activities): Activities => {
  const local = proxyLocalActivities(promptly)
  return new Proxy(queued, {
    get:
      (_, name) =>
      async (...args: unknown[]): Promise<unknown> => {
        const inQueue = queued[name as keyof Activities] as (...all: unknown[]) => Promise<unknown>
        if (!patched('facts-at-once')) return await inQueue(...args)
        try {
          return await local[name as string]!(...args)
        } catch (error) {
          if (isCancellation(error) || isFinal(error)) throw error
          return await inQueue(...args)
        }
      },
  })
}
