import {
  JobAcceptedEventSchema,
  JobAttemptedEventSchema,
  JobCommandedEventSchema,
  JobCreatedEventSchema,
  JobDeliveredEventSchema,
  JobRevertedEventSchema,
  JobTransitionedEventSchema,
} from '@iama/contracts/iama/jobs/v1/events'
import type { Ids } from '@iama/kernel'
import { messagesOf, type DomainMessage, type Occasion, type Outbox, type Tell } from '@iama/messaging'
import type { Announcements, JobChange, StoredJob } from '../application/ports.ts'
import { isCommanded, type JobEvent } from '../domain/events.ts'
import type { Job } from '../domain/job.ts'

/** Turns what happened to a job into the events that other services read. */
export class OutboxAnnouncements implements Announcements {
  readonly #outbox: Outbox
  readonly #messages: (occasion: Occasion) => Tell

  constructor(outbox: Outbox, ids: Ids, traceparent: () => string) {
    this.#outbox = outbox
    this.#messages = messagesOf({ source: 'jobs', ids, traceparent })
  }

  async created(stored: StoredJob): Promise<void> {
    const { job, snapshotId } = stored
    const data = { jobId: job.id, createdBy: job.userId, snapshotId, goal: job.order.goal }
    await this.#outbox.append([this.#tell(stored)('job.created', job.id, JobCreatedEventSchema, data)])
  }

  async changed(change: JobChange, stored: StoredJob): Promise<void> {
    const tell = this.#tell(stored)
    const messages = change.events.flatMap((event) => factsOf(event, stored.job, tell))
    if (change.before.job.state !== stored.job.state) messages.unshift(transitioned(change, stored.job, tell))
    const commanded = change.events.find(isCommanded)
    if (commanded) {
      const { id: jobId, epoch } = stored.job
      const data = { jobId, command: commanded.type, sequence: BigInt(stored.logSequence), epoch: BigInt(epoch) }
      messages.push(tell('job.commanded', jobId, JobCommandedEventSchema, data))
    }
    await this.#outbox.append(messages)
  }

  #tell({ job, updatedAt, logSequence }: StoredJob): Tell {
    return this.#messages({ tenantId: job.tenantId, time: updatedAt, sequence: logSequence })
  }
}

const transitioned = ({ before }: JobChange, job: Job, tell: Tell): DomainMessage =>
  tell('job.transitioned', job.id, JobTransitionedEventSchema, {
    jobId: job.id,
    fromState: before.job.state,
    toState: job.state,
    reason: reasonOf(job),
    tier: job.entitlements?.tier.toLowerCase() ?? '',
  })

const factsOf = (event: JobEvent, job: Job, tell: Tell): DomainMessage[] => {
  const { id: jobId, attempt: number } = job
  switch (event.type) {
    case 'AttemptPassed':
      return [tell('job.attempted', jobId, JobAttemptedEventSchema, { jobId, number, green: true })]
    case 'AttemptFailed': {
      const data = { jobId, number, green: false, fingerprint: event.fingerprint }
      return [tell('job.attempted', jobId, JobAttemptedEventSchema, data)]
    }
    case 'AttemptRefused': {
      const data = { jobId, number: event.attempt, green: false, fingerprint: event.code }
      return [tell('job.attempted', jobId, JobAttemptedEventSchema, data)]
    }
    case 'PatchDelivered': {
      const { patch, verdict } = event.delivery
      const [patchArtifact, verdictArtifact] = [patch.artifact, verdict.artifact]
      const data = { jobId, edits: patch.edits.length, patchArtifact, verdictArtifact }
      return [tell('job.delivered', jobId, JobDeliveredEventSchema, data)]
    }
    case 'JobAccepted': {
      const treeHash = job.acceptance?.treeHash ?? ''
      return [tell('job.accepted', jobId, JobAcceptedEventSchema, { jobId, treeHash })]
    }
    case 'JobReverted': {
      const treeHash = job.reversal?.treeHash ?? ''
      return [tell('job.reverted', jobId, JobRevertedEventSchema, { jobId, treeHash })]
    }
    default:
      return []
  }
}

const reasonOf = (job: Job): string => job.waiting?.reason ?? job.endedBecause ?? ''
