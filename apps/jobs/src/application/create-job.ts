import type { Clock, Ids } from '@iama/kernel'
import { jobDecider } from '../domain/decider.ts'
import type { StoredJobEvent } from '../domain/events.ts'
import { noJob, type Job } from '../domain/job.ts'
import { SnapshotIncomplete, SnapshotNotFound } from '../domain/snapshot.ts'
import type { Order } from '../domain/work.ts'
import type { Documents, StoredJob, UnitOfWork } from './ports.ts'
import { mustLoad } from './must-load.ts'
import { RequestIdReused } from './request-id-reused.ts'

export interface CreateJobInput {
  readonly tenantId: string
  readonly userId: string
  readonly requestId: string
  readonly snapshotId: string
  readonly name: string
  readonly order: Order
  readonly attached: boolean
  readonly autoApprove: boolean
  readonly documents: Documents
}

/** Creates a job on a complete snapshot. Nothing is spent. */
export class CreateJob {
  readonly #unitOfWork: UnitOfWork
  readonly #ids: Ids
  readonly #clock: Clock

  constructor(unitOfWork: UnitOfWork, ids: Ids, clock: Clock) {
    this.#unitOfWork = unitOfWork
    this.#ids = ids
    this.#clock = clock
  }

  async execute(input: CreateJobInput): Promise<StoredJob> {
    return await this.#unitOfWork.run(input.tenantId, async (stores) => {
      const earlier = await stores.jobs.jobOfRequest(input.requestId)
      if (earlier) {
        const stored = await mustLoad(stores.jobs, earlier)
        const isSame = stored.snapshotId === input.snapshotId && stored.name === input.name
        if (!isSame || stored.job.order.check !== input.order.check) throw new RequestIdReused()
        return stored
      }
      const snapshot = await stores.snapshots.load(input.snapshotId)
      if (!snapshot) throw new SnapshotNotFound()
      if (snapshot.manifest === '') throw new SnapshotIncomplete(snapshot.missing)
      const stored = this.#decide(input, snapshot.manifest)
      await stores.jobs.add(stored)
      await stores.jobs.rememberRequest(input.requestId, stored.job.id)
      await stores.announcements.created(stored)
      return stored
    })
  }

  #decide(input: CreateJobInput, manifest: string): StoredJob {
    const now = this.#clock.now()
    const events = jobDecider.decide(
      {
        type: 'CreateJob',
        at: now.getTime(),
        by: input.userId,
        jobId: this.#ids.next(),
        tenantId: input.tenantId,
        order: input.order,
        snapshot: manifest,
        attached: input.attached,
        autoSelect: input.autoApprove,
      },
      noJob,
    ) as StoredJobEvent[]
    return {
      job: events.reduce<Job | typeof noJob>(jobDecider.evolve, noJob) as Job,
      documents: input.documents,
      version: 1,
      logSequence: events.length,
      name: input.name,
      snapshotId: input.snapshotId,
      createdAt: now,
      updatedAt: now,
    }
  }
}
