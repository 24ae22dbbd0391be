import type { StoredJob, UnitOfWork } from './ports.ts'

/** Lists a tenant's jobs, newest first; the page token is the last id of the page before. */
export class ListJobs {
  readonly #unitOfWork: UnitOfWork

  constructor(unitOfWork: UnitOfWork) {
    this.#unitOfWork = unitOfWork
  }

  async execute(tenantId: string, pageSize: number, pageToken: string): Promise<{ jobs: StoredJob[]; next: string }> {
    const found = await this.#unitOfWork.run(tenantId, ({ jobs }) => jobs.list(pageSize + 1, pageToken || undefined))
    const page = found.slice(0, pageSize)
    return { jobs: page, next: found.length > pageSize ? page.at(-1)!.job.id : '' }
  }
}
