import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { ModelClass, Phase, RouterService, type GenerateRequestSchema } from '@iama/contracts/iama/router/v1/service'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { client, type Client } from '@iama/rpc'
import type { RunningService } from '@iama/service'
import { startArtifacts, type ArtifactServer } from '@iama/testing/artifacts'
import { testServers } from '@iama/testing/servers'
import { surroundings, type Surroundings } from '@iama/testing/surroundings'
import { startBilling, type BillingServer } from './billing-server.ts'
import type { RouterConfig } from '../src/config.ts'
import { createRouter } from '../src/container.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'

export const ENGINE = path.join(import.meta.dirname, '../src/engine-child.ts')
/** An engine process that misbehaves. */
export const ODD_ENGINE = path.join(import.meta.dirname, 'fixtures/odd-child.ts')

/** Its fields, without what a finished message has beside them. */
type Request = Exclude<MessageInitShape<typeof GenerateRequestSchema>, { $typeName: string }>

export interface RouterUnderTest extends Surroundings {
  readonly artifacts: ArtifactServer
  readonly billing: BillingServer
  /** The worker's client of a router with these settings. */
  router(settings?: Partial<RouterConfig>): Promise<Client<typeof RouterService>>
  /** A person's client of the same. */
  asPerson(tenantId: string): Promise<Client<typeof RouterService>>
}

export const startRouter = async (): Promise<RouterUnderTest> => {
  const around = await surroundings('router', migrations)
  const { identity } = around
  const artifacts = await startArtifacts(identity)
  const billing = await startBilling(identity)
  const running = new Map<string, RunningService>()
  const open = async (settings: Partial<RouterConfig> = {}): Promise<RunningService> => {
    const known = running.get(JSON.stringify(settings))
    if (known) return known
    const shared = {
      jobsAddress: artifacts.address,
      billingAddress: billing.address,
      redisUrl: testServers().redisUrl,
      models: [],
    }
    const config = { ...shared, engineMemoryMiB: 512, engineTimeoutMs: 60_000, enginesAtOnce: 2, engineProgram: ENGINE }
    const opened = await createRouter({ ...around.settings, ...config, ...settings }, { identity })
    running.set(JSON.stringify(settings), opened)
    return opened
  }
  return {
    ...around,
    artifacts,
    billing,
    router: async (settings) =>
      client(RouterService, (await open(settings)).address, { token: () => identity.service('worker', 'router') }),
    asPerson: async (tenantId) =>
      client(RouterService, (await open()).address, { token: () => identity.user(tenantId, tenantId, 'router') }),
    stop: async () => {
      await Promise.all([...running.values()].map((router) => router.stop()))
      await artifacts.stop()
      await billing.stop()
      await around.stop()
    },
  }
}

/** What the worker asks for. */
export const ask = (tenantId: string, manifestArtifact: string, more: Request = {}): Request => ({
  tenantId,
  jobId: randomUUID(),
  requestId: randomUUID(),
  route: { tier: 'free', phase: Phase.PROPOSAL, modelClass: ModelClass.L1, contextTokens: 100n },
  manifestArtifact,
  goal: 'modernize',
  target: 'node20',
  ...more,
})

export const inPhase = (phase: Phase) => ({ tier: 'free', phase, modelClass: ModelClass.L1, contextTokens: 100n })
