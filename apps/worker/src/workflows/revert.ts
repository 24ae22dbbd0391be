import { readJob, recordReverted, recordRevertedDelivery } from './activities.ts'
import type { JobRef } from './story.ts'

/** The user's tree is as before: delivery hears of it, then the job. */
export async function revert(ref: JobRef): Promise<void> {
  const job = await readJob(ref)
  if (!job.orders.settleRevert) return
  const task = { ...ref, epoch: job.epoch }
  await recordRevertedDelivery(task)
  await recordReverted(task)
}
