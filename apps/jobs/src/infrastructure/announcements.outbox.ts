import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
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
import type { DomainMessage, Outbox } from '@iama/messaging'
import type { Announcements, JobChange, StoredJob } from '../application/ports.ts'
import { isCommanded, type JobEvent } from '../domain/events.ts'
import type { Job } from '../domain/job.ts'

/** Turns what happened to a job into the events that other services read. */
export class OutboxAnnouncements implements Announcements {
  readonly #outbox: Outbox
  readonly #ids: Ids
  readonly #traceparent: () => string

  constructor(outbox: Outbox, ids: Ids, traceparent: () => string) {
    this.#outbox = outbox
    this.#ids = ids
    this.#traceparent = traceparent
  }

  async created(stored: StoredJob): Promise<void> {
    const { job } = stored
    await this.#outbox.append([
      this.#message(stored, 'created', JobCreatedEventSchema, {
        jobId: job.id,
        createdBy: job.userId,
        snapshotId: stored.snapshotId,
        goal: job.order.goal,
      }),
    ])
  }

  async changed(change: JobChange, stored: StoredJob): Promise<void> {
    const messages = change.events.flatMap((event) => this.#factsOf(event, stored))
    if (change.before.job.state !== stored.job.state) messages.unshift(this.#transitioned(change, stored))
    const commanded = change.events.find(isCommanded)
    if (commanded) {
      messages.push(
        this.#message(stored, 'commanded', JobCommandedEventSchema, {
          jobId: stored.job.id,
          command: commanded.type,
          sequence: BigInt(stored.logSequence),
          epoch: BigInt(stored.job.epoch),
        }),
      )
    }
    await this.#outbox.append(messages)
  }

  #transitioned(change: JobChange, stored: StoredJob): DomainMessage {
    return this.#message(stored, 'transitioned', JobTransitionedEventSchema, {
      jobId: stored.job.id,
      fromState: change.before.job.state,
      toState: stored.job.state,
      reason: reasonOf(stored.job),
      tier: stored.job.entitlements?.tier.toLowerCase() ?? '',
    })
  }

  #factsOf(event: JobEvent, stored: StoredJob): DomainMessage[] {
    const jobId = stored.job.id
    switch (event.type) {
      case 'AttemptPassed':
        return [
          this.#message(stored, 'attempted', JobAttemptedEventSchema, {
            jobId,
            number: stored.job.attempt,
            green: true,
          }),
        ]
      case 'AttemptFailed':
        return [
          this.#message(stored, 'attempted', JobAttemptedEventSchema, {
            jobId,
            number: stored.job.attempt,
            green: false,
            fingerprint: event.fingerprint,
          }),
        ]
      case 'PatchDelivered':
        return [
          this.#message(stored, 'delivered', JobDeliveredEventSchema, {
            jobId,
            edits: event.delivery.patch.edits.length,
            patchArtifact: event.delivery.patch.artifact,
            verdictArtifact: event.delivery.verdict.artifact,
          }),
        ]
      case 'JobAccepted': {
        const treeHash = stored.job.acceptance?.treeHash ?? ''
        return [this.#message(stored, 'accepted', JobAcceptedEventSchema, { jobId, treeHash })]
      }
      case 'JobReverted': {
        const treeHash = stored.job.reversal?.treeHash ?? ''
        return [this.#message(stored, 'reverted', JobRevertedEventSchema, { jobId, treeHash })]
      }
      default:
        return []
    }
  }

  #message<Desc extends DescMessage>(
    stored: StoredJob,
    event: string,
    schema: Desc,
    data: MessageInitShape<Desc>,
  ): DomainMessage {
    return {
      id: this.#ids.next(),
      tenantId: stored.job.tenantId,
      source: 'jobs',
      type: `job.${event}`,
      aggregateId: stored.job.id,
      sequence: stored.logSequence,
      time: stored.updatedAt,
      traceparent: this.#traceparent(),
      data: toBinary(schema, create(schema, data)),
    }
  }
}

const reasonOf = (job: Job): string => job.waiting?.reason ?? job.endedBecause ?? ''
