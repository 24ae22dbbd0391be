import type { SpendingLimits } from '../domain/budget.ts'

/** A call that wants to spend. */
export interface SpendingOrder {
  /** UUID of the call; the row of the usage log has the same. */
  readonly id: string
  readonly tenantId: string
  /** Empty when the call belongs to no job. */
  readonly jobId: string
  /** The most that it can cost, in micro-dollars. */
  readonly costMicros: number
  readonly limits: SpendingLimits
  /** What the usage log tells of the call should whoever makes it die; left out, it tells the amount alone. */
  readonly call?: CallDetails
}

export interface CallDetails {
  readonly requestId: string
  readonly phase: string
  readonly provider: string
  readonly model: string
  readonly tier: string
  readonly prompt: string
  readonly attempt: number
}

/** An amount that is kept for a call until it is settled or released. */
export interface Reservation {
  readonly id: string
  readonly tenantId: string
  readonly jobId: string
  /** `YYYY-MM` of UTC, that it counts for. */
  readonly month: string
  readonly costMicros: number
}

/** What jobs and tenants may spend, kept by all replicas together. */
export interface Budgets {
  /**
   * Keeps the most that a call can cost. The same order again is the same reservation.
   * @throws BudgetReached; BudgetsUnavailable when an order has limits and they cannot be looked up
   */
  reserve(order: SpendingOrder): Promise<Reservation>
  /**
   * Puts the real cost in the place of the reservation, after the row of the usage log is written. Again, it does
   * nothing; it never fails: what cannot be settled now is settled later.
   */
  settle(reservation: Reservation, costMicros: number): Promise<void>
  /** Gives the amount back: nothing was spent. It never fails. */
  release(reservation: Reservation): Promise<void>
  /** What has been spent, without what is reserved, in micro-dollars. */
  spent(tenantId: string, jobId: string): Promise<{ jobMicros: number; monthMicros: number }>
}

/** The table of all calls as far as budgets are rebuilt from it. */
export interface Ledger {
  /** What the calls of a job and of a month have cost, without those of `except`. A job of '' has cost nothing. */
  sums(
    tenantId: string,
    of: { readonly jobId: string; readonly month: string },
    except: readonly string[],
  ): Promise<{ jobMicros: number; monthMicros: number }>
  /** Which of the calls have a row. */
  known(tenantId: string, ids: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * What a call has cost whose maker is dead: by its row, and when there is none it gets one that says all that was
   * reserved and that this is an estimate.
   */
  costOf(reservation: Reservation, call: CallDetails | undefined): Promise<number>
}
