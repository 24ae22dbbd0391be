import { Initial1763700000000 } from './0001-initial.ts'

/** In order; a migration that was released is never changed. */
export const migrations = [Initial1763700000000]
