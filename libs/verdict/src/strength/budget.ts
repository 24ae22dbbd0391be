import type { StrengthBudget } from '../types.ts'

/** What gate 3 may spend when nothing else is said. Counts bind first, so that a rerun asks the same questions. */
const defaults: StrengthBudget = {
  mutants: 150,
  suiteRuns: 5,
  suiteMs: 60_000,
  sessions: { itemMs: 1_000, totalMs: 120_000, crashes: 40 },
}

export const budgetOf = (given: Partial<StrengthBudget> = {}): StrengthBudget => ({ ...defaults, ...given })
