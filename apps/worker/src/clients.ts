import { QuotaService } from '@iama/contracts/iama/billing/v1/quota'
import { DeliveryInternalService } from '@iama/contracts/iama/delivery/v1/internal'
import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import { LifecycleService } from '@iama/contracts/iama/jobs/v1/lifecycle'
import { RouterService } from '@iama/contracts/iama/router/v1/service'
import { SandboxService } from '@iama/contracts/iama/sandbox/v1/service'
import { client, type Client } from '@iama/rpc'
import type { ServiceTokens } from '@iama/security'
import type { WorkerConfig } from './config.ts'

/** The services that activities drive. */
export interface Clients {
  readonly lifecycle: Client<typeof LifecycleService>
  readonly artifacts: Client<typeof ArtifactService>
  readonly quota: Client<typeof QuotaService>
  readonly router: Client<typeof RouterService>
  readonly delivery: Client<typeof DeliveryInternalService>
  /** Any replica, for a new session. */
  readonly sandboxes: Client<typeof SandboxService>
  /** The replica that owns a session. */
  sandboxAt(address: string): Client<typeof SandboxService>
}

export const connectClients = (addresses: WorkerConfig['addresses'], token: ServiceTokens): Clients => {
  const owners = new Map<string, Client<typeof SandboxService>>()
  // Provisioning, uploads and installations take longer than a question does.
  const patient = { token, defaultDeadlineMs: 60_000 }
  return {
    lifecycle: client(LifecycleService, addresses.jobs, { token }),
    artifacts: client(ArtifactService, addresses.jobs, { token }),
    quota: client(QuotaService, addresses.billing, { token }),
    router: client(RouterService, addresses.router, { token }),
    delivery: client(DeliveryInternalService, addresses.delivery, patient),
    sandboxes: client(SandboxService, addresses.sandbox, patient),
    sandboxAt: (address) => {
      const known = owners.get(address) ?? client(SandboxService, address, patient)
      owners.set(address, known)
      return known
    },
  }
}
