import type { LedgerEntry } from '../domain/ledger.ts'
import type { Plan } from '../domain/plan.ts'
import type { Reservation, ReservationState, Usage } from '../domain/quota.ts'

export interface Plans {
  /** The tenant's plan, or that of the given tier when it never chose one. */
  ofTenant(usualTier: string): Promise<Plan>
  /** The catalogue, from the smallest. */
  all(): Promise<Plan[]>
}

export interface Reservations {
  /** Until the transaction ends, nobody else reserves, consumes or releases for this tenant. */
  lock(): Promise<void>
  ofJob(jobId: string): Promise<Reservation | undefined>
  add(reservation: Reservation, expiresAt: Date): Promise<void>
  setState(id: string, state: ReservationState, at: Date): Promise<void>
  usage(periodStart: Date): Promise<Usage>
}

export interface Ledger {
  ofJob(jobId: string): Promise<LedgerEntry | undefined>
  add(entry: LedgerEntry): Promise<void>
  /** Newest first, before the given id. */
  list(limit: number, before: string | undefined): Promise<LedgerEntry[]>
}

/** What a generation used, as the router told it. */
export interface RecordedUsage {
  readonly usageId: string
  /** Empty when the call belonged to no job. */
  readonly jobId: string
  readonly phase: string
  readonly provider: string
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costMicros: number
  readonly currency: string
  readonly at: Date
}

export interface UsageBook {
  add(usage: RecordedUsage): Promise<void>
  totals(since: Date): Promise<{ inputTokens: number; outputTokens: number; costMicros: number; currency: string }>
}

export interface Budgets {
  /** The most that models may cost in a calendar month (UTC), in micro-units of USD; 0 means no limit. */
  monthMicros(): Promise<number>
  setMonth(micros: number, at: Date): Promise<void>
}

export type Announcement =
  | { readonly type: 'quota.reserved'; readonly reservationId: string; readonly jobId: string; readonly tier: string }
  | { readonly type: 'quota.exhausted'; readonly jobId: string; readonly tier: string; readonly limit: string }
  | { readonly type: 'quota.consumed'; readonly reservationId: string; readonly jobId: string }
  | {
      readonly type: 'quota.released'
      readonly reservationId: string
      readonly jobId: string
      readonly result: 'released' | 'expired'
    }
  | { readonly type: 'budget.changed'; readonly userId: string; readonly monthMicros: number }
  | { readonly type: 'ledger.entered'; readonly entry: LedgerEntry }

export interface Announcements {
  announce(announcement: Announcement, at: Date): Promise<void>
}

/** What takes part in one transaction of one tenant. */
export interface Stores {
  readonly plans: Plans
  readonly reservations: Reservations
  readonly ledger: Ledger
  readonly usage: UsageBook
  readonly budgets: Budgets
  readonly announcements: Announcements
}

export interface UnitOfWork {
  run<Result>(tenantId: string, work: (stores: Stores) => Promise<Result>): Promise<Result>
}

/** Tells how reservations go, for the operators. */
export interface QuotaMeter {
  count(tier: string, phase: string, result: 'success' | 'exhausted'): void
}
