import { DomainError } from '@iama/kernel'
import type { CommandJob } from './command-job.ts'
import type { JobId, OpenJobs } from './ports.ts'

export interface KillJobsInput {
  readonly tenantId?: string
  readonly jobId?: string
  /** Who turned the switch, for the record. */
  readonly operatorId: string
}

export interface Killed {
  readonly killed: readonly JobId[]
  readonly spared: readonly (JobId & { readonly reason: string })[]
  /** There may be more open jobs than were looked at. */
  readonly more: boolean
}

/** Jobs that one call ends; at some milliseconds each it stays within its deadline. */
const MOST_JOBS = 1_000
const AT_ONCE = 8

/** The operators' switch: ends what is open, job by job, each by the same door as a person's command. */
export class KillJobs {
  readonly #openJobs: OpenJobs
  readonly #commandJob: CommandJob

  constructor(openJobs: OpenJobs, commandJob: CommandJob) {
    this.#openJobs = openJobs
    this.#commandJob = commandJob
  }

  async execute({ operatorId, ...which }: KillJobsInput): Promise<Killed> {
    const found = await this.#openJobs.find(which, MOST_JOBS + 1)
    const killed: JobId[] = []
    const spared: (JobId & { reason: string })[] = []
    const left = found.slice(0, MOST_JOBS)
    const kill = async (): Promise<void> => {
      for (let job = left.shift(); job; job = left.shift()) {
        const refusal = await this.#refusal(job, operatorId)
        if (refusal === undefined) killed.push(job)
        else spared.push({ ...job, reason: refusal })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, kill))
    return { killed, spared, more: found.length > MOST_JOBS }
  }

  /** Ends one job. @returns why it goes on; undefined when it is over */
  async #refusal({ tenantId, jobId }: JobId, operatorId: string): Promise<string | undefined> {
    try {
      await this.#commandJob.execute({
        tenantId,
        jobId,
        userId: operatorId,
        requestId: '',
        request: { type: 'KillJob' },
      })
      return undefined
    } catch (error) {
      if (error instanceof DomainError) return error.code // others are ended all the same
      throw error
    }
  }
}
