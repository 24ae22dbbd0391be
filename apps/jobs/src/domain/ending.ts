import { expectUndecided } from './acceptance.ts'
import type { JobCommand } from './commands.ts'
import type { RecordFailure } from './facts.ts'
import { causedBy, type JobEvent } from './events.ts'
import { expectWorking, interventionNeeded } from './interruption.ts'
import { type CancelReason, isCheck, type Job } from './job.ts'

/** The job ends, and what is still in flight for it becomes stale. */
export const cancelled = (command: JobCommand, job: Job, reason: CancelReason): JobEvent[] => {
  expectUndecided(job)
  return [{ type: 'JobCancelled', ...causedBy(command), reason, epoch: job.epoch + 1 }]
}

/** A person's own edits are being tried: that they do not fit the code is theirs to mend, and no end of the job. */
const isOwn = (job: Job): boolean =>
  !isCheck(job) && job.candidate?.source === 'OWN_EDITS' && job.candidate.verdict === null

/**
 * The worker cannot go on. Work that runs for the job ends it; work on a patch that was already delivered does not:
 * the patch stands, and the user may ask again.
 */
export const recordFailure = (fact: RecordFailure, job: Job): JobEvent[] => {
  const { code } = fact
  if (job.state === 'DELIVERED' && job.acceptance) return [{ type: 'AcceptanceFailed', ...causedBy(fact), code }]
  if (job.state === 'DELIVERED' && job.subset)
    return [{ type: 'SubsetRefused', ...causedBy(fact), code, verdict: null, failing: [] }]
  if (job.state === 'ACCEPTED' && job.reversal) return [{ type: 'RevertFailed', ...causedBy(fact), code }]
  if (job.state !== 'QUOTA_RESERVING') expectWorking(job)
  if (code === 'PATCH_CONFLICT' && isOwn(job)) return interventionNeeded(fact, 'ATTEMPTS_EXHAUSTED', 'SELF_HEALING')
  return [{ type: 'JobFailed', ...causedBy(fact), code }]
}
