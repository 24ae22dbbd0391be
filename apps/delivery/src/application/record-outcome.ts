import type { Clock } from '@iama/kernel'
import { applied, DeliveryNotFound, reverted } from '../domain/delivery.ts'
import type { UnitOfWork } from './ports.ts'

/** Records that the user's tree carries the patch, or is as before. Repeating it changes nothing. */
export class RecordOutcome {
  readonly #unitOfWork: UnitOfWork
  readonly #clock: Clock

  constructor(unitOfWork: UnitOfWork, clock: Clock) {
    this.#unitOfWork = unitOfWork
    this.#clock = clock
  }

  async execute(outcome: 'applied' | 'reverted', tenantId: string, jobId: string, treeHash: string): Promise<void> {
    await this.#unitOfWork.run(tenantId, async ({ deliveries, announcements }) => {
      await deliveries.lock(jobId)
      const stored = await deliveries.load(jobId)
      if (!stored) throw new DeliveryNotFound()
      const at = this.#clock.now()
      const next = (outcome === 'applied' ? applied : reverted)(stored.delivery, treeHash, at)
      if (!next) return
      await deliveries.setState(next)
      const reached = outcome === 'applied' ? next.patchedTreeHash : next.baseTreeHash
      await announcements.announce({ type: `patch.${outcome}`, jobId, treeHash: reached }, at)
    })
  }
}
