import { ConcurrentUpdate, optimisticUpdate, sqlState, UNIQUE_VIOLATION } from '@iama/persistence'
import { LessThan, type EntityManager } from 'typeorm'
import type { Documents, JobChange, Jobs, StoredJob } from '../application/ports.ts'
import { isStored, type StoredJobEvent } from '../domain/events.ts'
import { jobDecider } from '../domain/decider.ts'
import type { Job, NoJob } from '../domain/job.ts'
import { fromJobRow, jobRows, logRows, toJobRow, type LogRow } from './rows.ts'

export class PostgresJobs implements Jobs {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async load(jobId: string): Promise<StoredJob | undefined> {
    const row = await this.#manager.findOneBy(jobRows, { tenantId: this.#tenantId, id: jobId })
    return row ? fromJobRow(row) : undefined
  }

  async add(stored: StoredJob): Promise<void> {
    await this.#manager.insert(jobRows, toJobRow(this.#tenantId, stored))
    const created: StoredJobEvent = {
      type: 'JobCreated',
      at: stored.createdAt.getTime(),
      cause: { by: stored.job.userId },
      jobId: stored.job.id,
      tenantId: this.#tenantId,
      userId: stored.job.userId,
      order: stored.job.order,
      snapshot: stored.job.snapshot,
      attached: stored.job.attached,
      autoSelect: stored.job.autoSelect,
    }
    await this.#manager.insert(logRows, this.#logRow(stored.job.id, 1, stored.createdAt, 'NONE', 'PENDING', created))
  }

  async save(change: JobChange): Promise<StoredJob> {
    const { before, job, at } = change
    const events = change.events.filter(isStored)
    const stored: StoredJob = {
      ...before,
      job,
      documents: { ...before.documents, ...change.documents },
      version: before.version + 1,
      updatedAt: at,
    }
    const { tenantId, id, version: _version, logSequence: _sequence, ...columns } = toJobRow(this.#tenantId, stored)
    await optimisticUpdate(this.#manager, jobRows, { tenantId, id }, before.version, columns)
    const logSequence = await this.#advanceLog(id, events.length)
    await this.#appendEvents(change, events, logSequence - events.length)
    return { ...stored, logSequence }
  }

  /** Progress may have been appended since the job was read, so the row's own counter decides. */
  async #advanceLog(jobId: string, count: number): Promise<number> {
    const [rows]: [{ log_sequence: string }[], number] = await this.#manager.query(
      `UPDATE jobs SET log_sequence = log_sequence + $3 WHERE tenant_id = $1 AND id = $2 RETURNING log_sequence`,
      [this.#tenantId, jobId, count],
    )
    return Number(rows[0]!.log_sequence)
  }

  async #appendEvents(change: JobChange, events: readonly StoredJobEvent[], after: number): Promise<void> {
    let state: Job | NoJob = change.before.job
    const rows = events.map((event, index): LogRow => {
      const from = state.state
      state = jobDecider.evolve(state, event)
      const documents = index === 0 ? change.documents : {}
      return this.#logRow(change.job.id, after + index + 1, change.at, from, (state as Job).state, event, documents)
    })
    await this.#manager.insert(logRows, rows)
  }

  async touch(jobId: string, at: Date): Promise<void> {
    await this.#manager.query(`UPDATE jobs SET last_seen_at = $3 WHERE tenant_id = $1 AND id = $2`, [
      this.#tenantId,
      jobId,
      at,
    ])
  }

  async list(limit: number, before: string | undefined): Promise<StoredJob[]> {
    // Ids are UUIDs of version 7: their order is the order of creation.
    const rows = await this.#manager.find(jobRows, {
      where: { tenantId: this.#tenantId, ...(before ? { id: LessThan(before) } : {}) },
      order: { id: 'DESC' },
      take: limit,
    })
    return rows.map(fromJobRow)
  }

  async jobOfRequest(requestId: string): Promise<string | undefined> {
    const rows: { job_id: string }[] = await this.#manager.query(
      `SELECT job_id FROM job_requests WHERE tenant_id = $1 AND request_id = $2`,
      [this.#tenantId, requestId],
    )
    return rows[0]?.job_id
  }

  async rememberRequest(requestId: string, jobId: string): Promise<void> {
    try {
      await this.#manager.query(`INSERT INTO job_requests (tenant_id, request_id, job_id) VALUES ($1, $2, $3)`, [
        this.#tenantId,
        requestId,
        jobId,
      ])
    } catch (error) {
      // The same request is being carried out at this moment: whoever repeats will find it done.
      if (sqlState(error) === UNIQUE_VIOLATION) throw new ConcurrentUpdate('the same request is being carried out')
      throw error
    }
  }

  #logRow(
    jobId: string,
    sequence: number,
    at: Date,
    from: LogRow['fromState'],
    to: LogRow['toState'],
    event: StoredJobEvent,
    documents: Documents = {},
  ): LogRow {
    const common = { tenantId: this.#tenantId, jobId, sequence: String(sequence), at, fromState: from, toState: to }
    return { ...common, kind: 'event', entry: event, documents }
  }
}
