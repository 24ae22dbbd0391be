import { Initial1763700000000 } from './0001-initial.ts'
import { Budgets1795200000000 } from './0002-budgets.ts'

/** In order; a migration that was released is never changed. */
export const migrations = [Initial1763700000000, Budgets1795200000000]
