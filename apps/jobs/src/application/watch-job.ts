import { isFinal, type Job } from '../domain/job.ts'
import { mustLoad } from './must-load.ts'
import type { JobNudges, LogEntry, UnitOfWork } from './ports.ts'

const PAGE = 200
const POLL_MS = 1_000
const SIGN_OF_LIFE_MS = 15_000

/**
 * Follows a job's log from any sequence, on any replica: the log in the database is the truth, nudges only make it
 * quick. Ends when the job is final and everything was told. Yields undefined as a sign of life.
 */
export class WatchJob {
  readonly #unitOfWork: UnitOfWork
  readonly #nudges: JobNudges

  constructor(unitOfWork: UnitOfWork, nudges: JobNudges) {
    this.#unitOfWork = unitOfWork
    this.#nudges = nudges
  }

  async *execute(
    tenantId: string,
    jobId: string,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<LogEntry | undefined> {
    let last = after
    let spokeAt = Date.now()
    while (!signal.aborted) {
      // Wait for the nudge from before the look, so that what is written meanwhile is not missed.
      const looked = new AbortController()
      const news = this.#nudges.wait(jobId, POLL_MS, AbortSignal.any([signal, looked.signal]))
      const { entries, over } = await this.#look(tenantId, jobId, last)
      for (const entry of entries) {
        yield entry
        last = entry.sequence
        spokeAt = Date.now()
      }
      if (entries.length === PAGE) {
        looked.abort()
        continue
      }
      if (over) return looked.abort()
      await news
      if (Date.now() - spokeAt >= SIGN_OF_LIFE_MS) {
        yield undefined
        spokeAt = Date.now()
      }
    }
  }

  async #look(tenantId: string, jobId: string, after: number): Promise<{ entries: LogEntry[]; over: boolean }> {
    return await this.#unitOfWork.run(tenantId, async ({ jobs, log }) => {
      const stored = await mustLoad(jobs, jobId)
      const entries = stored.logSequence > after ? await log.read(jobId, after, PAGE) : []
      return { entries, over: isOver(stored.job) && (entries.at(-1)?.sequence ?? after) >= stored.logSequence }
    })
  }
}

// An accepted job can still be reverted, but nobody needs to wait for that.
const isOver = (job: Job): boolean => isFinal(job) || (job.state === 'ACCEPTED' && job.reversal === null)
