import { MoreThan, type EntityManager } from 'typeorm'
import type { JobLog, LogEntry, Progress } from '../application/ports.ts'
import type { JobState } from '../domain/job.ts'
import { fromLogRow, logRows, type LogRow } from './rows.ts'

export class PostgresJobLog implements JobLog {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async appendProgress(jobId: string, batchId: string, entries: readonly Progress[], at: Date): Promise<number> {
    const fresh: unknown[] = await this.#manager.query(
      `INSERT INTO job_log_batches (tenant_id, job_id, batch_id) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING RETURNING batch_id`,
      [this.#tenantId, jobId, batchId],
    )
    const added = fresh.length === 1 ? entries : []
    // The row lock makes sequences of concurrent writers follow each other without holes.
    const [rows]: [{ log_sequence: string; state: JobState }[], number] = await this.#manager.query(
      `UPDATE jobs SET log_sequence = log_sequence + $3 WHERE tenant_id = $1 AND id = $2 RETURNING log_sequence, state`,
      [this.#tenantId, jobId, added.length],
    )
    const { log_sequence: last, state } = rows[0]!
    const first = Number(last) - added.length + 1
    const lines = added.map((progress, index): LogRow => ({
      tenantId: this.#tenantId,
      jobId,
      sequence: String(first + index),
      at,
      fromState: state,
      toState: state,
      kind: 'progress',
      entry: progress,
      documents: {},
    }))
    await this.#manager.insert(logRows, lines)
    return Number(last)
  }

  async read(jobId: string, after: number, limit: number): Promise<LogEntry[]> {
    const rows = await this.#manager.find(logRows, {
      where: { tenantId: this.#tenantId, jobId, sequence: MoreThan(String(after)) },
      order: { sequence: 'ASC' },
      take: limit,
    })
    return rows.map(fromLogRow)
  }
}
