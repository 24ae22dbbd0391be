import { JobState, type Job } from '@iama/contracts/iama/jobs/v1/job'

import type { Clients } from './client.ts'

/** How often an attached job hears from whoever follows it, in milliseconds; after 300 s of silence it waits. */
const BEAT_MS = 30_000

const over: ReadonlySet<JobState> = new Set([
  JobState.ACCEPTED,
  JobState.REVERTED,
  JobState.CANCELLED,
  JobState.FAILED,
  JobState.CHECKED,
])

/** Keeps an attached job company until it is disposed of; detached jobs, the client's own among them, need nobody. */
export const attach = (clients: Clients, job: Job, signal: AbortSignal): Disposable => {
  const isAlone = job.options?.attached !== true || over.has(job.state)
  // a beat that is lost on its way is no trouble: the next one comes in time
  const beat = (): void =>
    void clients.jobs.heartbeat({ jobId: job.id }, { signal, timeoutMs: BEAT_MS }).catch(() => undefined)
  if (!isAlone) beat()
  const timer = isAlone ? undefined : setInterval(beat, BEAT_MS).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
