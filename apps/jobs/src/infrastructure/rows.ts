import { EntitySchema } from 'typeorm'
import type { Documents, LogBody, LogEntry, Progress, StoredJob } from '../application/ports.ts'
import type { StoredJobEvent } from '../domain/events.ts'
import type { Job, JobState } from '../domain/job.ts'
import type { ManifestEntry } from '../domain/snapshot.ts'

/** A row as the database knows it: what is in a `jsonb` column gets its type in `fromJobRow`. */
export interface JobRow {
  tenantId: string
  id: string
  version: number
  logSequence: string
  state: JobState
  name: string
  snapshotId: string
  aggregate: object
  documents: object
  lastSeenAt: Date | null
  createdAt: Date
  updatedAt: Date
}

export const jobRows = new EntitySchema<JobRow>({
  name: 'jobs',
  columns: {
    tenantId: { name: 'tenant_id', type: 'uuid', primary: true },
    id: { type: 'uuid', primary: true },
    version: { type: 'integer' },
    logSequence: { name: 'log_sequence', type: 'bigint' },
    state: { type: 'text' },
    name: { type: 'text' },
    snapshotId: { name: 'snapshot_id', type: 'uuid' },
    aggregate: { type: 'jsonb' },
    documents: { type: 'jsonb' },
    lastSeenAt: { name: 'last_seen_at', type: 'timestamptz', nullable: true },
    createdAt: { name: 'created_at', type: 'timestamptz' },
    updatedAt: { name: 'updated_at', type: 'timestamptz' },
  },
})

export const toJobRow = (tenantId: string, stored: StoredJob): JobRow => ({
  tenantId,
  id: stored.job.id,
  version: stored.version,
  logSequence: String(stored.logSequence),
  state: stored.job.state,
  name: stored.name,
  snapshotId: stored.snapshotId,
  aggregate: stored.job,
  documents: stored.documents,
  lastSeenAt: stored.job.attached ? new Date(stored.job.lastSeenAt) : null,
  createdAt: stored.createdAt,
  updatedAt: stored.updatedAt,
})

export const fromJobRow = (row: JobRow): StoredJob => ({
  // The sign of life moves by itself, without a new version of the job.
  job: { ...(row.aggregate as Job), ...(row.lastSeenAt && { lastSeenAt: row.lastSeenAt.getTime() }) },
  documents: row.documents as Documents,
  version: row.version,
  logSequence: Number(row.logSequence),
  name: row.name,
  snapshotId: row.snapshotId,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

export interface LogRow {
  tenantId: string
  jobId: string
  sequence: string
  at: Date
  fromState: JobState | 'NONE'
  toState: JobState
  kind: 'event' | 'progress'
  entry: object
  documents: object
}

export const logRows = new EntitySchema<LogRow>({
  name: 'job_log',
  columns: {
    tenantId: { name: 'tenant_id', type: 'uuid', primary: true },
    jobId: { name: 'job_id', type: 'uuid', primary: true },
    sequence: { type: 'bigint', primary: true },
    at: { type: 'timestamptz' },
    fromState: { name: 'from_state', type: 'text' },
    toState: { name: 'to_state', type: 'text' },
    kind: { type: 'text' },
    entry: { type: 'jsonb' },
    documents: { type: 'jsonb' },
  },
})

export const fromLogRow = (row: LogRow): LogEntry => ({
  sequence: Number(row.sequence),
  at: row.at,
  from: row.fromState,
  to: row.toState,
  body: bodyOf(row),
})

const bodyOf = (row: LogRow): LogBody =>
  row.kind === 'event'
    ? { kind: 'event', event: row.entry as StoredJobEvent, documents: row.documents as Documents }
    : { kind: 'progress', progress: row.entry as Progress }

export interface SnapshotRow {
  tenantId: string
  id: string
  requestId: string
  manifest: string
  entries: readonly ManifestEntry[]
  missing: number
  createdAt: Date
}

export const snapshotRows = new EntitySchema<SnapshotRow>({
  name: 'snapshots',
  columns: {
    tenantId: { name: 'tenant_id', type: 'uuid', primary: true },
    id: { type: 'uuid', primary: true },
    requestId: { name: 'request_id', type: 'uuid' },
    manifest: { type: 'text' },
    entries: { type: 'jsonb' },
    missing: { type: 'integer' },
    createdAt: { name: 'created_at', type: 'timestamptz' },
  },
})
