import { DomainError } from '@iama/kernel'
import { formatPatch, parsePatch, selectEdits, withoutEdits } from '@iama/patch'
import type { Clients } from '../clients.ts'
import type { Task } from '../workflows/story.ts'
import { getArtifact, putArtifact } from './artifacts.ts'
import { work } from './work.ts'

export interface VerifiedPatch {
  readonly patch: string
  readonly verdict: string
  /** The provider and model that wrote it; empty when a person did. */
  readonly engine: string
}

/** Every edit needs one that is left out. */
class NothingSelected extends DomainError {
  readonly code = 'NOTHING_SELECTED'
  override readonly kind = 'invalid'

  constructor() {
    super('the choice leaves no edit, for all others need one that it leaves out')
  }
}

export const deliveryActivities = (clients: Clients) => {
  const { delivery, lifecycle } = clients
  const read = ({ tenantId, jobId }: Task) => lifecycle.readJob({ tenantId, jobId })

  return {
    /** The delivered patch with only the wanted edits, closed under their dependencies. */
    selectSubset: (task: Task): Promise<string> =>
      work(task, 'selectSubset', 3, async (signal) => {
        const { job, orders } = await read(task)
        const delivered = await getArtifact(clients, task.tenantId, job!.delivery!.patchArtifact, signal)
        const { only, except } = orders!.subset!
        const patch = parsePatch(JSON.parse(delivered.toString()))
        const chosen = only.length > 0 ? selectEdits(patch, only) : withoutEdits(patch, except)
        if (chosen.edits.length === 0) throw new NothingSelected()
        return await putArtifact(clients, task, Buffer.from(formatPatch(chosen)), signal)
      }),

    prepareBundle: (task: Task, verified: VerifiedPatch): Promise<void> =>
      work(task, 'prepareBundle', 3, async (signal) => {
        const { job, manifestArtifact } = await read(task)
        await delivery.prepareBundle(
          {
            tenantId: task.tenantId,
            jobId: task.jobId,
            manifestArtifact,
            patchArtifact: verified.patch,
            verdictArtifact: verified.verdict,
            specRevision: job!.approvedRevision,
            engine: verified.engine,
          },
          { signal, idempotent: true },
        )
      }),

    recordApplied: (task: Task): Promise<void> =>
      work(task, 'recordApplied', 3, async (signal) => {
        const { tenantId, jobId } = task
        const { orders } = await read(task)
        await delivery.recordApplied({ tenantId, jobId, treeHash: orders!.treeHash }, { signal, idempotent: true })
      }),

    recordRevertedDelivery: (task: Task): Promise<void> =>
      work(task, 'recordRevertedDelivery', 3, async (signal) => {
        const { tenantId, jobId } = task
        const { orders } = await read(task)
        await delivery.recordReverted({ tenantId, jobId, treeHash: orders!.treeHash }, { signal, idempotent: true })
      }),
  }
}
