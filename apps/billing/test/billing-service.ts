import { QuotaService } from '@iama/contracts/iama/billing/v1/quota'
import { BillingService } from '@iama/contracts/iama/billing/v1/service'
import { client, type Client } from '@iama/rpc'
import type { Role } from '@iama/security'
import type { RunningService } from '@iama/service'
import { surroundings, type Surroundings } from '@iama/testing/surroundings'
import { createBilling } from '../src/container.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'

/** The service as it runs in production, with two replicas on one database, and a clock that can be set. */
export interface BillingUnderTest extends Surroundings {
  /** The worker's client of the first or second replica. */
  quota(replica?: 0 | 1): Client<typeof QuotaService>
  /** A person's client. */
  as(tenantId: string, role?: Role): Client<typeof BillingService>
  /** The surface for services, called by a person, and the other way round. */
  readonly wrong: { quota(tenantId: string): Client<typeof QuotaService>; billing: Client<typeof BillingService> }
  /** Puts a tenant on a tier. */
  subscribe(tenantId: string, tier: string): Promise<void>
  now: Date
}

export const startBilling = async (): Promise<BillingUnderTest> => {
  const around = await surroundings('billing', migrations)
  const { identity, settings, database } = around
  const service = { now: new Date('2026-05-17T12:00:00Z') }
  const open = (): Promise<RunningService> =>
    createBilling({ ...settings, usualTier: 'free' }, { identity, clock: { now: () => service.now } })
  const replicas = [await open(), await open()]
  const worker = { token: () => identity.service('worker', 'billing') }
  const person = (tenantId: string, role: Role) => ({
    token: () => identity.tokenFor({ kind: 'user', tenantId, userId: tenantId, roles: [role] }, 'billing'),
  })
  return Object.assign(service, {
    ...around,
    quota: (replica = 0) => client(QuotaService, replicas[replica]!.address, worker),
    as: (tenantId, role = 'viewer') => client(BillingService, replicas[0]!.address, person(tenantId, role)),
    wrong: {
      quota: (tenantId: string) => client(QuotaService, replicas[0]!.address, person(tenantId, 'owner')),
      billing: client(BillingService, replicas[0]!.address, worker),
    },
    subscribe: async (tenantId, tier) => {
      await database.query('INSERT INTO subscriptions VALUES ($1, $2, now())', [tenantId, tier])
    },
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()))
      await around.stop()
    },
  } satisfies Omit<BillingUnderTest, 'now'>)
}
