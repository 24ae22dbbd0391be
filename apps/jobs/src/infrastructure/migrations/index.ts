import { Initial1763700000000 } from './0001-initial.ts'
import { SizeOfMissing1763726400000 } from './0002-size-of-missing.ts'
import { OpenJobs1763956800000 } from './0003-open-jobs.ts'
import { Checks1764547200000 } from './0004-checks.ts'

/** In order; a migration that was released is never changed. */
export const migrations = [Initial1763700000000, SizeOfMissing1763726400000, OpenJobs1763956800000, Checks1764547200000]
