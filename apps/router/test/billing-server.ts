import { QuotaService } from '@iama/contracts/iama/billing/v1/quota'
import { implement, serve } from '@iama/rpc'
import { accessControl, tenantOf, tokenVerifier } from '@iama/security'
import type { TestIdentity } from '@iama/testing/identity'

/** A gRPC server of what billing tells the router: one app's tests may not start another app. */
export interface BillingServer {
  readonly address: string
  /** Micro-dollars that a tenant may spend in a month; 0 for no limit. */
  readonly monthBudgets: Map<string, number>
  stop(): Promise<void>
}

const notForTheRouter = (): never => {
  throw new Error('the router does not call this')
}

export const startBilling = async (identity: TestIdentity): Promise<BillingServer> => {
  const monthBudgets = new Map<string, number>()
  const access = accessControl({
    matrix: { [QuotaService.typeName]: ['worker', 'router'] },
    verifier: tokenVerifier({ audience: 'billing', keys: identity.keys }),
  })
  const service = implement(QuotaService, {
    reserve: notForTheRouter,
    consume: notForTheRouter,
    release: notForTheRouter,
    expire: notForTheRouter,
    settle: notForTheRouter,
    getEntitlements: async ({ tenantId }, { principal }) => ({
      monthBudgetMicros: BigInt(monthBudgets.get(tenantOf(principal, tenantId)) ?? 0),
    }),
  })
  const server = await serve({
    services: [service],
    address: '127.0.0.1:0',
    authenticate: access.authenticate,
    interceptors: [access.interceptor],
    logger: { debug: () => undefined, warn: () => undefined, error: () => undefined },
  })
  return { address: server.address, monthBudgets, stop: () => server.stop() }
}
