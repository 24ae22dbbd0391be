import type { CreateJob, StartJob } from './commands.ts'
import type { RecordReservation } from './facts.ts'
import { causedBy, type JobEvent } from './events.ts'
import type { JobIn, NoJob } from './job.ts'

export const createJob = (command: CreateJob, _: NoJob): JobEvent[] => [
  {
    type: 'JobCreated',
    ...causedBy(command),
    jobId: command.jobId,
    tenantId: command.tenantId,
    userId: command.by,
    order: command.order,
    snapshot: command.snapshot,
    attached: command.attached,
    autoSelect: command.autoSelect,
  },
]

export const startJob = (command: StartJob, _: JobIn<'PENDING'>): JobEvent[] => [
  { type: 'JobStarted', ...causedBy(command) },
]

/** Nothing is analysed, and so nothing is spent, before the quota is held. */
export const recordReservation = (fact: RecordReservation, _: JobIn<'QUOTA_RESERVING'>): JobEvent[] => {
  if (fact.outcome.kind === 'EXHAUSTED') return [{ type: 'JobFailed', ...causedBy(fact), code: 'QUOTA_EXHAUSTED' }]
  const { reservationId, entitlements } = fact.outcome
  return [{ type: 'QuotaReserved', ...causedBy(fact), reservationId, entitlements }]
}
