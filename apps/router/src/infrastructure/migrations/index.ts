import { Initial1763700000000 } from './0001-initial.ts'
import { CostOfCalls1764000000000 } from './0002-cost-of-calls.ts'
import { ProviderKeys1764200000000 } from './0003-provider-keys.ts'

/** In order; a migration that was released is never changed. */
export const migrations = [Initial1763700000000, CostOfCalls1764000000000, ProviderKeys1764200000000]
