import { fromBinary } from '@bufbuild/protobuf'
import { JobCommandedEventSchema } from '@iama/contracts/iama/jobs/v1/events'
import type { DomainMessage } from '@iama/messaging'
import { DomainError } from '@iama/kernel'
import { type Client, isGrpcServiceError, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import type { JobRef } from './workflows/story.ts'

/** Temporal cannot be reached: the event is held until it can. */
export class TemporalUnavailable extends DomainError {
  readonly code = 'TEMPORAL_UNAVAILABLE'
  override readonly kind = 'unavailable'
}

const TASK_QUEUE = 'refactor'

/**
 * Turns a person's command into a wake of the job's workflow, starting it at the first. The signal carries nothing and
 * the workflow reads the job again, so a command that is delivered twice, or late, is harmless.
 */
export const waker =
  (temporal: Client) =>
  async (message: DomainMessage): Promise<void> => {
    const { jobId, command } = fromBinary(JobCommandedEventSchema, message.data)
    const ref: JobRef = { tenantId: message.tenantId, jobId, traceparent: message.traceparent }
    try {
      if (command === 'RevertAsked') await startRevert(temporal, ref, message.id)
      else if (command !== 'JobCreated') await wakeJob(temporal, ref)
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return // its story is over
      if (isGrpcServiceError(error)) throw new TemporalUnavailable('Temporal does not answer')
      throw error
    }
  }

const wakeJob = async (temporal: Client, ref: JobRef): Promise<void> => {
  await temporal.workflow.signalWithStart('refactorJob', {
    workflowId: `job-${ref.jobId}`,
    taskQueue: TASK_QUEUE,
    args: [ref],
    signal: 'wake',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    searchAttributes: { TenantId: [ref.tenantId] },
  })
}

/** A revert that failed may be asked for again; one that was carried out is not repeated. */
const startRevert = async (temporal: Client, ref: JobRef, eventId: string): Promise<void> => {
  await temporal.workflow.start('revert', {
    workflowId: `revert-${ref.jobId}-${eventId}`,
    taskQueue: TASK_QUEUE,
    args: [ref],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    searchAttributes: { TenantId: [ref.tenantId] },
  })
}
