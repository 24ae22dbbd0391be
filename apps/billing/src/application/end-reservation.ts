import { assertNever, type Clock } from '@iama/kernel'
import { reservationDecider, ReservationNotFound, type Reservation } from '../domain/quota.ts'
import type { ReservationCommand, ReservationEvent } from '../domain/quota.ts'
import type { Announcement, Stores, UnitOfWork } from './ports.ts'

/** Consumes, releases or expires reservations. */
export class EndReservation {
  readonly #unitOfWork: UnitOfWork
  readonly #clock: Clock

  constructor(unitOfWork: UnitOfWork, clock: Clock) {
    this.#unitOfWork = unitOfWork
    this.#clock = clock
  }

  /** Repeating it changes nothing. @throws ReservationNotFound, ReservationEnded */
  async execute(tenantId: string, jobId: string, command: ReservationCommand): Promise<void> {
    await this.#unitOfWork.run(tenantId, async (stores) => {
      await stores.reservations.lock()
      const reservation = await stores.reservations.ofJob(jobId)
      if (!reservation) throw new ReservationNotFound()
      await this.#apply(stores, reservation, command)
    })
  }

  /** Expires what final jobs have left. @returns how many */
  async expire(tenantId: string, finalJobIds: readonly string[]): Promise<number> {
    return await this.#unitOfWork.run(tenantId, async (stores) => {
      await stores.reservations.lock()
      let expired = 0
      for (const jobId of finalJobIds) {
        const reservation = await stores.reservations.ofJob(jobId)
        if (reservation && (await this.#apply(stores, reservation, 'Expire'))) expired++
      }
      return expired
    })
  }

  async #apply(stores: Stores, reservation: Reservation, command: ReservationCommand): Promise<boolean> {
    const [event] = reservationDecider.decide(command, reservation.state)
    if (!event) return false
    const now = this.#clock.now()
    await stores.reservations.setState(reservation.id, reservationDecider.evolve(reservation.state, event), now)
    await stores.announcements.announce(factOf(event, reservation), now)
    return true
  }
}

const factOf = (event: ReservationEvent, { id: reservationId, jobId }: Reservation): Announcement => {
  switch (event) {
    case 'Consumed':
      return { type: 'quota.consumed', reservationId, jobId }
    case 'Released':
      return { type: 'quota.released', reservationId, jobId, result: 'released' }
    case 'Expired':
      return { type: 'quota.released', reservationId, jobId, result: 'expired' }
    default:
      return assertNever(event)
  }
}
