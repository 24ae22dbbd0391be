import { EntitySchema } from 'typeorm'
import type { StoredSession } from '../application/ports.ts'
import type { EndReason, SessionStatus } from '../domain/session.ts'
import type { WipeEvidence } from '../domain/wipe-evidence.ts'

export interface SessionRow {
  tenantId: string
  id: string
  version: number
  jobId: string
  requestId: string
  address: string
  status: SessionStatus
  endReason: EndReason | null
  createdAt: Date
  updatedAt: Date
}

export const sessionRows = new EntitySchema<SessionRow>({
  name: 'sessions',
  columns: {
    tenantId: { name: 'tenant_id', type: 'uuid', primary: true },
    id: { type: 'uuid', primary: true },
    version: { type: 'integer' },
    jobId: { name: 'job_id', type: 'uuid' },
    requestId: { name: 'request_id', type: 'text' },
    address: { type: 'text' },
    status: { type: 'text' },
    endReason: { name: 'end_reason', type: 'text', nullable: true },
    createdAt: { name: 'created_at', type: 'timestamptz' },
    updatedAt: { name: 'updated_at', type: 'timestamptz' },
  },
})

export const toSessionRow = ({ session, version, createdAt, updatedAt }: StoredSession): SessionRow => ({
  tenantId: session.tenantId,
  id: session.sessionId,
  version,
  jobId: session.jobId,
  requestId: session.requestId,
  address: session.address,
  status: session.status,
  endReason: session.endReason,
  createdAt,
  updatedAt,
})

export const fromSessionRow = (row: SessionRow): StoredSession => ({
  session: {
    status: row.status,
    sessionId: row.id,
    tenantId: row.tenantId,
    jobId: row.jobId,
    requestId: row.requestId,
    address: row.address,
    endReason: row.endReason,
  },
  version: row.version,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

/** PostgreSQL's 64-bit integers arrive as texts. */
export interface EvidenceRow {
  tenantId: string
  sessionId: string
  reason: WipeEvidence['reason']
  files: string
  directories: string
  symlinks: string
  bytes: string
  processesKilled: number
  startedAt: Date
  finishedAt: Date
  verification: readonly string[]
}

export const evidenceRows = new EntitySchema<EvidenceRow>({
  name: 'wipe_evidence',
  columns: {
    tenantId: { name: 'tenant_id', type: 'uuid', primary: true },
    sessionId: { name: 'session_id', type: 'uuid', primary: true },
    reason: { type: 'text' },
    files: { type: 'bigint' },
    directories: { type: 'bigint' },
    symlinks: { type: 'bigint' },
    bytes: { type: 'bigint' },
    processesKilled: { name: 'processes_killed', type: 'integer' },
    startedAt: { name: 'started_at', type: 'timestamptz' },
    finishedAt: { name: 'finished_at', type: 'timestamptz' },
    verification: { type: 'jsonb' },
  },
})

export const toEvidenceRow = ({ sandboxId, ...evidence }: WipeEvidence): EvidenceRow => ({
  ...evidence,
  sessionId: sandboxId,
  files: String(evidence.files),
  directories: String(evidence.directories),
  symlinks: String(evidence.symlinks),
  bytes: String(evidence.bytes),
})

export const fromEvidenceRow = ({ sessionId, ...row }: EvidenceRow): WipeEvidence => ({
  ...row,
  sandboxId: sessionId,
  files: Number(row.files),
  directories: Number(row.directories),
  symlinks: Number(row.symlinks),
  bytes: Number(row.bytes),
})
