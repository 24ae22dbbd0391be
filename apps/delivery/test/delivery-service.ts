import { DeliveryInternalService } from '@iama/contracts/iama/delivery/v1/internal'
import { DeliveryService } from '@iama/contracts/iama/delivery/v1/service'
import { client, type Client } from '@iama/rpc'
import type { Role } from '@iama/security'
import { startArtifacts, type ArtifactServer } from '@iama/testing/artifacts'
import { surroundings, type Surroundings } from '@iama/testing/surroundings'
import { createDelivery } from '../src/container.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'

/** The service as it runs in production, with two replicas on one database. */
export interface DeliveryUnderTest extends Surroundings {
  readonly artifacts: ArtifactServer
  /** The worker's client of the first or second replica. */
  worker(replica?: 0 | 1): Client<typeof DeliveryInternalService>
  /** A person's client. */
  as(tenantId: string, role?: Role): Client<typeof DeliveryService>
  /** The surface for services, called by a person. */
  wrong(tenantId: string): Client<typeof DeliveryInternalService>
}

export const startDelivery = async (): Promise<DeliveryUnderTest> => {
  const around = await surroundings('delivery', migrations)
  const { identity, settings } = around
  const artifacts = await startArtifacts(identity)
  const open = () => createDelivery({ ...settings, jobsAddress: artifacts.address }, { identity })
  const replicas = [await open(), await open()]
  const person = (tenantId: string, role: Role) => ({
    token: () => identity.tokenFor({ kind: 'user', tenantId, userId: tenantId, roles: [role] }, 'delivery'),
  })
  return {
    ...around,
    artifacts,
    worker: (replica = 0) =>
      client(DeliveryInternalService, replicas[replica]!.address, {
        token: () => identity.service('worker', 'delivery'),
      }),
    as: (tenantId, role = 'viewer') => client(DeliveryService, replicas[0]!.address, person(tenantId, role)),
    wrong: (tenantId) => client(DeliveryInternalService, replicas[0]!.address, person(tenantId, 'owner')),
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()))
      await artifacts.stop()
      await around.stop()
    },
  }
}
