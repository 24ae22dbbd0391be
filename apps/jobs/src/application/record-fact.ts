import type { Clock } from '@iama/kernel'
import type { Fact } from '../domain/commands.ts'
import { applyCommand } from './command-job.ts'
import { mustLoad } from './must-load.ts'
import type { Documents, JobNudges, StoredJob, UnitOfWork } from './ports.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'

type WithoutTime<Command> = Command extends unknown ? Omit<Command, 'at'> : never

/** What a worker found out; the time is added here. */
export type FactReport = WithoutTime<Fact>

export interface RecordFactInput {
  readonly tenantId: string
  readonly jobId: string
  readonly fact: FactReport
  /** What is kept beside the fact for whoever reads the job. */
  readonly documents: Documents
}

/** The one door by which the worker's findings reach a job. Stale facts are refused, repeated ones change nothing. */
export class RecordFact {
  readonly #unitOfWork: UnitOfWork
  readonly #nudges: JobNudges
  readonly #clock: Clock

  constructor(unitOfWork: UnitOfWork, nudges: JobNudges, clock: Clock) {
    this.#unitOfWork = unitOfWork
    this.#nudges = nudges
    this.#clock = clock
  }

  async execute({ tenantId, jobId, fact, documents }: RecordFactInput): Promise<StoredJob> {
    const stored = await repeatOnConflict(() =>
      this.#unitOfWork.run(tenantId, async (stores) => {
        const before = await mustLoad(stores.jobs, jobId)
        const now = this.#clock.now()
        return await applyCommand(stores, before, { ...fact, at: now.getTime() } as Fact, documents, now)
      }),
    )
    this.#nudges.nudge(jobId)
    return stored
  }
}
