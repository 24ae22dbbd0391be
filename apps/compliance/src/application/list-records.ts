import type { AuditRecord } from '../domain/chain.ts'
import type { UnitOfWork } from './ports.ts'

export interface RecordsPage {
  readonly records: AuditRecord[]
  /** The position that the next page starts after; undefined on the last page. */
  readonly next: number | undefined
}

/** Reads a tenant's records in the order of the chain. */
export class ListRecords {
  readonly #unitOfWork: UnitOfWork

  constructor(unitOfWork: UnitOfWork) {
    this.#unitOfWork = unitOfWork
  }

  async execute(tenantId: string, after: number, size: number): Promise<RecordsPage> {
    const found = await this.#unitOfWork.run(tenantId, ({ trail }) => trail.after(after, size + 1))
    const records = found.slice(0, size)
    return { records, next: found.length > size ? records.at(-1)!.position : undefined }
  }
}
