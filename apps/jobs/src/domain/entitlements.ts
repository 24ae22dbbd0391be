/** The plan that a tenant had when the job's quota was reserved. */
export type Tier = 'FREE' | 'PLUS' | 'PRO' | 'MAX' | 'ENTERPRISE'

/** A class of model: L1 writes and repairs first, L2 repairs what L1 could not, L3 only ever runs a deep fix. */
export type Route = 'L1' | 'L2' | 'L3'

/** What the tier allowed at reservation. A snapshot: a later change of plan does not touch a running job. */
export interface Entitlements {
  readonly tier: Tier
  readonly routes: readonly Route[]
  /** The largest context that one model call may carry, in tokens. */
  readonly contextTokens: number
}

const lastRepairOfL1 = 3
const lastRepairOfL2 = 6

/** Whether the tier has this route. What was never granted is not allowed. */
export const mayUse = (entitlements: Entitlements | null, route: Route): boolean =>
  entitlements?.routes.includes(route) ?? false

/** The number of repair attempts before a person is asked: 3 by L1, and 3 more where the tier has L2. */
export const repairLimit = (entitlements: Entitlements | null): number =>
  mayUse(entitlements, 'L2') ? lastRepairOfL2 : lastRepairOfL1

/** Attempt 0 is the refactoring itself and attempts 1 to 3 repair it, all by L1; 4 to 6 are L2's. */
export const routeOfAttempt = (attempt: number): Route => (attempt <= lastRepairOfL1 ? 'L1' : 'L2')
