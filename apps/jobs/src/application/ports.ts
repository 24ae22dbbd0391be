import type { JobEvent, StoredJobEvent } from '../domain/events.ts'
import type { Job, JobState } from '../domain/job.ts'
import type { ManifestEntry } from '../domain/snapshot.ts'

/** @returns what keeps a text from being the scenarios of a spec; undefined when nothing does */
export type SpecProblem = (bdd: string) => string | undefined

/** A document as the worker reported it, kept as it came for whoever reads the job. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/** Documents by kind: `analysis`, `proposals`, `tests`, `baseline`, `attempt`, `delivery`, `options`. */
export type Documents = Readonly<Record<string, Json>>

/** A job as it is stored: what decides, and what is only shown. */
export interface StoredJob {
  readonly job: Job
  readonly documents: Documents
  readonly version: number
  /** The last sequence in the job's log; counts from 1 without holes. */
  readonly logSequence: number
  readonly name: string
  readonly snapshotId: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What is new about a job after a command. */
export interface JobChange {
  readonly before: StoredJob
  readonly job: Job
  readonly events: readonly JobEvent[]
  /** Documents that the events bring, merged over the present ones. */
  readonly documents: Documents
  readonly at: Date
}

export interface Jobs {
  /** @returns undefined when this tenant has no such job */
  load(jobId: string): Promise<StoredJob | undefined>
  add(job: StoredJob): Promise<void>
  /** Stores the change and its events. @throws ConcurrentUpdate when somebody was faster */
  save(change: JobChange): Promise<StoredJob>
  /** Only moves the attached client's last sign of life. */
  touch(jobId: string, at: Date): Promise<void>
  /** Newest first, before the given id. */
  list(limit: number, before: string | undefined): Promise<StoredJob[]>
  /** The job of an earlier request with the same id, for idempotency. */
  jobOfRequest(requestId: string): Promise<string | undefined>
  rememberRequest(requestId: string, jobId: string): Promise<void>
}

/** A line of progress: no fact, nothing is decided by it. */
export interface Progress {
  readonly step: string
  readonly phase: string
  readonly text: string
  readonly milliseconds: number
}

export type LogBody =
  | { readonly kind: 'event'; readonly event: StoredJobEvent; readonly documents: Documents }
  | { readonly kind: 'progress'; readonly progress: Progress }

export interface LogEntry {
  readonly sequence: number
  readonly at: Date
  readonly from: JobState | 'NONE'
  readonly to: JobState
  readonly body: LogBody
}

export interface JobLog {
  /** The last sequence written; a batch that was written before is not written again. */
  appendProgress(jobId: string, batchId: string, entries: readonly Progress[], at: Date): Promise<number>
  /** Oldest first. */
  read(jobId: string, after: number, limit: number): Promise<LogEntry[]>
}

export interface Snapshot {
  readonly id: string
  /** The address of the manifest; empty until every content is there. */
  readonly manifest: string
  readonly entries: readonly ManifestEntry[]
  readonly missing: number
}

/** A part of a content that came in more than one call. */
export interface BlobPart {
  readonly offset: number
  readonly address: string
  readonly size: number
}

export interface Snapshots {
  load(snapshotId: string): Promise<Snapshot | undefined>
  ofRequest(requestId: string): Promise<Snapshot | undefined>
  add(snapshot: Snapshot, requestId: string, missing: readonly string[], at: Date): Promise<void>
  /** The declared contents that have not come yet. */
  missing(snapshotId: string): Promise<string[]>
  /** The declared sizes of contents by hash, without those that were not declared; undefined without a snapshot. */
  declared(snapshotId: string, sha256: readonly string[]): Promise<ReadonlyMap<string, number> | undefined>
  addPart(snapshotId: string, sha256: string, part: BlobPart): Promise<BlobPart[]>
  /** Marks a content as present. @returns how many are still missing */
  arrived(snapshotId: string, sha256: readonly string[]): Promise<number>
  /** Every content is there. */
  complete(snapshotId: string, manifest: string): Promise<void>
}

/** Tells the other services, in the transaction that makes it true. */
export interface Announcements {
  created(stored: StoredJob): Promise<void>
  changed(change: JobChange, stored: StoredJob): Promise<void>
}

/** What takes part in one transaction of one tenant. */
export interface Stores {
  readonly jobs: Jobs
  readonly log: JobLog
  readonly snapshots: Snapshots
  readonly announcements: Announcements
}

export interface UnitOfWork {
  run<Result>(tenantId: string, work: (stores: Stores) => Promise<Result>): Promise<Result>
}

/** The one look across tenants, for operators. */
export interface OpenJobs {
  /** Ids of jobs that are not over, newest first: of one tenant, one job, or all. */
  find(which: { readonly tenantId?: string; readonly jobId?: string }, limit: number): Promise<JobId[]>
}

export interface JobId {
  readonly tenantId: string
  readonly jobId: string
}

/** Contents by tenant-keyed address, encrypted at rest. Putting the same content twice stores it once. */
export interface ArtifactStore {
  /** Hex SHA-256 of a content. */
  hashOf(content: Uint8Array): string
  /** The addresses that contents with these hashes have or will have, for this tenant, by hash. */
  addressesOf(tenantId: string, sha256: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Those of the addresses that hold a content. The store itself is asked: what it has lost is not there. */
  present(tenantId: string, addresses: readonly string[]): Promise<ReadonlySet<string>>
  put(tenantId: string, content: Uint8Array): Promise<string>
  /** Puts many, several at once. @returns their addresses in order */
  putAll(tenantId: string, contents: readonly Uint8Array[]): Promise<string[]>
  /** @throws ArtifactNotFound */
  get(tenantId: string, address: string): Promise<Uint8Array>
  stat(tenantId: string, address: string): Promise<{ readonly exists: boolean; readonly size: number }>
}

/** "Something is new in this job's log": may be lost; whoever waits also looks by itself. */
export interface JobNudges {
  nudge(jobId: string): void
  /** Resolves at the next nudge for the job, after `milliseconds`, or when the signal aborts. */
  wait(jobId: string, milliseconds: number, signal: AbortSignal): Promise<void>
}
