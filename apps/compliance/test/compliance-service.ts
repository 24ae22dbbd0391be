import { randomUUID } from 'node:crypto'
import { ComplianceService } from '@iama/contracts/iama/compliance/v1/service'
import type { DomainMessage } from '@iama/messaging'
import { client, type Client } from '@iama/rpc'
import type { Role } from '@iama/security'
import { surroundings, type Surroundings } from '@iama/testing/surroundings'
import { createCompliance } from '../src/container.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'

/** The service as it runs in production, with two replicas on one database. */
export interface ComplianceUnderTest extends Surroundings {
  /** A client of a person with one role. */
  as(tenantId: string, role?: Role, replica?: 0 | 1): Client<typeof ComplianceService>
  /** What the service answers to one of our own processes. */
  readonly worker: Client<typeof ComplianceService>
  /** The number of a tenant's records. */
  count(tenantId: string): Promise<number>
}

export const startCompliance = async (): Promise<ComplianceUnderTest> => {
  const around = await surroundings('compliance', migrations)
  const { identity, settings, database } = around
  const replicas = [await createCompliance(settings, { identity }), await createCompliance(settings, { identity })]
  return {
    ...around,
    as: (tenantId, role = 'auditor', replica = 0) =>
      client(ComplianceService, replicas[replica]!.address, {
        token: () => identity.tokenFor({ kind: 'user', tenantId, userId: tenantId, roles: [role] }, 'compliance'),
      }),
    worker: client(ComplianceService, replicas[0]!.address, { token: () => identity.service('worker', 'compliance') }),
    count: async (tenantId) => {
      const [row] = await database.query<{ count: string }>('SELECT count(*) FROM audit_records WHERE tenant_id = $1', [
        tenantId,
      ])
      return Number(row!.count)
    },
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()))
      await around.stop()
    },
  }
}

export const event = (tenantId: string, source = 'jobs', type = 'job.transitioned'): DomainMessage => ({
  id: randomUUID(),
  tenantId,
  source,
  type,
  aggregateId: randomUUID(),
  sequence: 1,
  time: new Date('2026-01-02T03:04:05.678Z'),
  traceparent: '',
  data: Buffer.from(`what happened in ${source}`),
})
