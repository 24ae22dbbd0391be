import { withoutTenant } from '@iama/persistence'
import type { DataSource } from 'typeorm'
import type { JobId, OpenJobs } from '../application/ports.ts'

/** What may look across tenants, and why. */
export const lookUps = {
  'function open_jobs': 'the kill switch: which jobs are open? It returns ids only.',
} as const

export class PostgresOpenJobs implements OpenJobs {
  readonly #dataSource: DataSource

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource
  }

  async find(which: { readonly tenantId?: string; readonly jobId?: string }, limit: number): Promise<JobId[]> {
    const { tenantId = null, jobId = null } = which
    const rows: { tenant_id: string; id: string }[] = await withoutTenant(this.#dataSource, (manager) =>
      manager.query('SELECT tenant_id, id FROM open_jobs($1, $2, $3)', [tenantId, jobId, limit]),
    )
    return rows.map((row) => ({ tenantId: row.tenant_id, jobId: row.id }))
  }
}
