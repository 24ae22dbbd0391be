import { mustLoad } from './must-load.ts'
import type { StoredJob, UnitOfWork } from './ports.ts'

/** Reads one job. */
export class ReadJob {
  readonly #unitOfWork: UnitOfWork

  constructor(unitOfWork: UnitOfWork) {
    this.#unitOfWork = unitOfWork
  }

  async execute(tenantId: string, jobId: string): Promise<StoredJob> {
    return await this.#unitOfWork.run(tenantId, ({ jobs }) => mustLoad(jobs, jobId))
  }
}
