import { assertNever, DomainError, type Decider } from '@iama/kernel'
import type { Plan } from './plan.ts'

export type ReservationState = 'ACTIVE' | 'CONSUMED' | 'RELEASED' | 'EXPIRED'

/** A job's allowance. RELEASED and EXPIRED give it back; CONSUMED keeps it for the month. */
export interface Reservation {
  readonly id: string
  readonly jobId: string
  readonly state: ReservationState
  readonly reservedAt: Date
}

/** The tenant's month, as the quota sees it. */
export interface Usage {
  /** Reservations of the month that are active or consumed. */
  readonly month: number
  /** Reservations that are active, of any month. */
  readonly active: number
}

/** No job can be started now. */
export class QuotaExhausted extends DomainError {
  readonly code = 'QUOTA_EXHAUSTED'
  override readonly kind = 'exhausted'

  constructor(limit: 'month' | 'at_once', plan: Plan) {
    const message =
      limit === 'month'
        ? `the ${plan.tier} plan has ${plan.jobsPerMonth} jobs a month and all are used; wait for the next month or change the plan`
        : `the ${plan.tier} plan has ${plan.jobsAtOnce} jobs at once and all are at work; wait for one to end, or cancel it`
    super(message, { limit, tier: plan.tier })
  }
}

/** Which limit stands in the way of one more job; undefined when none does. */
export const limitReached = (plan: Plan, usage: Usage): 'month' | 'at_once' | undefined => {
  if (plan.jobsPerMonth !== null && usage.month >= plan.jobsPerMonth) return 'month'
  return usage.active >= plan.jobsAtOnce ? 'at_once' : undefined
}

export type ReservationCommand = 'Consume' | 'Release' | 'Expire'
export type ReservationEvent = 'Consumed' | 'Released' | 'Expired'

/** Nothing was reserved for the job. */
export class ReservationNotFound extends DomainError {
  readonly code = 'RESERVATION_NOT_FOUND'
  override readonly kind = 'not-found'

  constructor() {
    super('nothing was reserved for this job; reserve first')
  }
}

/** The allowance was given back before the work was done: the job's story and its quota disagree. */
export class ReservationEnded extends DomainError {
  readonly code = 'RESERVATION_ENDED'

  constructor(state: ReservationState) {
    super(`the reservation is ${state} and cannot be used; start a new job`, { state })
  }
}

/** Only delivered work is entered into the ledger. */
export class ReservationNotConsumed extends DomainError {
  readonly code = 'RESERVATION_NOT_CONSUMED'

  constructor(state: ReservationState) {
    super(`the reservation is ${state}: a job is settled once its work was delivered`, { state })
  }
}

/** Whether a repeated request still has its allowance. @throws ReservationEnded */
export const assertUsable = ({ state }: Reservation): void => {
  if (state === 'RELEASED' || state === 'EXPIRED') throw new ReservationEnded(state)
}

/** Whether the job's work was delivered. @throws ReservationNotFound, ReservationNotConsumed */
export const assertConsumed = (reservation: Reservation | undefined): void => {
  if (!reservation) throw new ReservationNotFound()
  if (reservation.state !== 'CONSUMED') throw new ReservationNotConsumed(reservation.state)
}

/** A reservation after it was made. Repeating a command changes nothing; a delivered job's allowance stays used. */
export const reservationDecider: Decider<ReservationCommand, ReservationEvent, ReservationState> = {
  initial: 'ACTIVE',

  decide(command, state) {
    switch (command) {
      case 'Consume':
        if (state === 'RELEASED' || state === 'EXPIRED') throw new ReservationEnded(state)
        return state === 'ACTIVE' ? ['Consumed'] : []
      case 'Release':
        return state === 'ACTIVE' ? ['Released'] : []
      case 'Expire':
        return state === 'ACTIVE' ? ['Expired'] : []
      default:
        return assertNever(command)
    }
  },

  evolve: (_state, event) => event.toUpperCase() as ReservationState,
}
