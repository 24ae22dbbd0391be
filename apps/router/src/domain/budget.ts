import { DomainError } from '@iama/kernel'

/** The most that may be spent, in micro-dollars; absent means no limit. */
export interface SpendingLimits {
  readonly jobMicros?: number
  readonly monthMicros?: number
}

/** What has been spent or is reserved by calls under way, in micro-dollars. */
export interface Standing {
  readonly jobMicros: number
  readonly monthMicros: number
}

/** Whose budget: a job's, a tenant's for the month, or what a person confirmed for a deep fix. */
export type BudgetKind = 'job' | 'tenant' | 'deep fix'

const budgets: Readonly<Record<BudgetKind, { readonly whose: string; readonly remedy: string }>> = {
  job: { whose: 'the budget of this job', remedy: 'raise the budget of the job' },
  tenant: { whose: `the tenant's budget of this month`, remedy: 'raise the budget, wait for the next month,' },
  'deep fix': { whose: 'what was confirmed for this deep fix', remedy: 'confirm more' },
}

export interface Breach {
  readonly which: BudgetKind
  /** In micro-dollars, all of them. */
  readonly limit: number
  /** Spent, or reserved by calls under way. */
  readonly spent: number
  readonly needed: number
}

/** The call could cost more than the budget has left. Nothing was spent on it. */
export class BudgetReached extends DomainError {
  readonly code = 'BUDGET_REACHED'
  override readonly kind = 'exhausted'
  readonly breach: Breach

  constructor(breach: Breach) {
    const { which, limit, spent, needed } = breach
    const { whose, remedy } = budgets[which]
    super(
      `a call for up to ${dollars(needed)} does not fit into ${whose}: ` +
        `${dollars(spent)} of ${dollars(limit)} are spent or reserved; ${remedy} or ask for less`,
      { which, limit: String(limit), spent: String(spent), needed: String(needed) },
    )
    this.breach = breach
  }
}

/** Budgets cannot be looked up, and without that nothing is spent under a limit. */
export class BudgetsUnavailable extends DomainError {
  readonly code = 'BUDGETS_UNAVAILABLE'
  override readonly kind = 'unavailable'
}

/** The limit that spending `needed` more would break; the job's before the tenant's. */
export const breachOf = (standing: Standing, limits: SpendingLimits, needed: number): Breach | undefined => {
  const { jobMicros, monthMicros } = limits
  if (jobMicros !== undefined && standing.jobMicros + needed > jobMicros) {
    return { which: 'job', limit: jobMicros, spent: standing.jobMicros, needed }
  }
  if (monthMicros !== undefined && standing.monthMicros + needed > monthMicros) {
    return { which: 'tenant', limit: monthMicros, spent: standing.monthMicros, needed }
  }
  return undefined
}

/** The month of UTC that an amount counts for, `YYYY-MM`. */
export const monthOf = (at: Date): string => at.toISOString().slice(0, 7)

/** The first moment of a month and of the next. */
export const rangeOf = (month: string): { readonly from: Date; readonly to: Date } => {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return { from: new Date(Date.UTC(year, number - 1)), to: new Date(Date.UTC(year, number)) }
}

/** @throws RangeError a defect of the caller: amounts are whole micro-dollars, and none is negative */
export const checkedMicros = (micros: number): number => {
  if (!Number.isSafeInteger(micros) || micros < 0) throw new RangeError(`no amount of micro-dollars: ${micros}`)
  return micros
}

/** To the cent, and small amounts to the last digit that counts. */
const dollars = (micros: number): string => {
  const amount = micros / 1_000_000
  return `$${amount >= 1 || micros === 0 ? amount.toFixed(2) : String(Number(amount.toPrecision(3)))}`
}
