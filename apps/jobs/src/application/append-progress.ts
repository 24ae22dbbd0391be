import type { Clock } from '@iama/kernel'
import { mustLoad } from './must-load.ts'
import type { JobNudges, Progress, UnitOfWork } from './ports.ts'

export interface AppendProgressInput {
  readonly tenantId: string
  readonly jobId: string
  readonly batchId: string
  readonly entries: readonly Progress[]
}

/** Adds lines of progress to a job's log, outside the aggregate: nothing is decided by them. */
export class AppendProgress {
  readonly #unitOfWork: UnitOfWork
  readonly #nudges: JobNudges
  readonly #clock: Clock

  constructor(unitOfWork: UnitOfWork, nudges: JobNudges, clock: Clock) {
    this.#unitOfWork = unitOfWork
    this.#nudges = nudges
    this.#clock = clock
  }

  async execute(input: AppendProgressInput): Promise<number> {
    const sequence = await this.#unitOfWork.run(input.tenantId, async ({ jobs, log }) => {
      await mustLoad(jobs, input.jobId)
      return await log.appendProgress(input.jobId, input.batchId, input.entries, this.#clock.now())
    })
    this.#nudges.nudge(input.jobId)
    return sequence
  }
}
