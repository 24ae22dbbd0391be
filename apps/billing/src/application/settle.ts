import type { Clock, Ids } from '@iama/kernel'
import { entryOfJob } from '../domain/ledger.ts'
import { assertConsumed } from '../domain/quota.ts'
import type { UnitOfWork } from './ports.ts'

/** Enters an accepted job into the ledger, once, however often it is asked. */
export class Settle {
  readonly #unitOfWork: UnitOfWork
  readonly #ids: Ids
  readonly #clock: Clock
  readonly #usualTier: string

  constructor(unitOfWork: UnitOfWork, ids: Ids, clock: Clock, usualTier: string) {
    this.#unitOfWork = unitOfWork
    this.#ids = ids
    this.#clock = clock
    this.#usualTier = usualTier
  }

  /** @returns the id of the entry. @throws ReservationNotFound, ReservationNotConsumed */
  async execute(tenantId: string, jobId: string): Promise<string> {
    return await this.#unitOfWork.run(tenantId, async ({ reservations, ledger, plans, announcements }) => {
      await reservations.lock()
      const earlier = await ledger.ofJob(jobId)
      if (earlier) return earlier.id
      assertConsumed(await reservations.ofJob(jobId))
      const plan = await plans.ofTenant(this.#usualTier)
      const entry = entryOfJob(this.#ids.next(), jobId, plan, this.#clock.now())
      await ledger.add(entry)
      await announcements.announce({ type: 'ledger.entered', entry }, entry.enteredAt)
      return entry.id
    })
  }
}
