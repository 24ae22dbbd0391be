/** What a tier may do; a row of the catalogue. */
export interface Plan {
  readonly tier: string
  /** Context cap, in tokens. */
  readonly contextTokens: number
  readonly routes: readonly string[]
  readonly sandboxes: readonly string[]
  /** Jobs in a calendar month (UTC); null means by contract, so no limit here. */
  readonly jobsPerMonth: number | null
  readonly jobsAtOnce: number
  /** What an accepted job costs, in micro-units of `currency`. */
  readonly priceMicros: number
  /** ISO 4217. */
  readonly currency: string
}

/** The start of the calendar month (UTC) that a moment belongs to. */
export const periodStart = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1))
