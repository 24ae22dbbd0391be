import type { Plan } from './plan.ts'

/** One line of the books: append-only, from one account to another. */
export interface LedgerEntry {
  readonly id: string
  readonly jobId: string
  /** A mistake is corrected by a reversal, never by a change. */
  readonly kind: 'job' | 'reversal'
  readonly amountMicros: number
  readonly currency: string
  readonly debitAccount: string
  readonly creditAccount: string
  readonly enteredAt: Date
}

/** What an accepted job is entered as. */
export const entryOfJob = (id: string, jobId: string, plan: Plan, at: Date): LedgerEntry => ({
  id,
  jobId,
  kind: 'job',
  amountMicros: plan.priceMicros,
  currency: plan.currency,
  debitAccount: 'receivable',
  creditAccount: 'revenue',
  enteredAt: at,
})
