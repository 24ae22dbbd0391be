import { randomUUID } from 'node:crypto'
import { Engine, ModelClass, Phase, RouterService } from '@iama/contracts/iama/router/v1/service'
import { ModelService } from '@iama/contracts/iama/router/v1/model'
import type { Clock } from '@iama/kernel'
import { client, type Client } from '@iama/rpc'
import type { Role } from '@iama/security'
import { startArtifacts, type ArtifactServer } from '@iama/testing/artifacts'
import { testServers } from '@iama/testing/servers'
import { surroundings, type Surroundings } from '@iama/testing/surroundings'
import OpenAI from 'openai'
import { startAuth, type AuthServer } from './auth-server.ts'
import { startBilling, type BillingServer } from './billing-server.ts'
import { ask, ENGINE } from './router-service.ts'
import { createRouter, type RunningRouter } from '../src/container.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'
import { readModels } from '../src/infrastructure/models-file.ts'

/** One replica of a router whose tenants bring keys, as tenants and the worker see it. */
export interface KeyRouter {
  /** A person of a tenant. */
  models(tenantId: string, role?: Role): Client<typeof ModelService>
  readonly worker: Client<typeof RouterService>
  /** OpenAI's client of a tenant. */
  openai(tenantId: string): OpenAI
}

export interface KeyWorld extends Surroundings {
  readonly artifacts: ArtifactServer
  /** @param file of models; replicas of one world share its database. */
  replica(file: string, clock?: Clock): Promise<KeyRouter>
}

export const startWorld = async (): Promise<KeyWorld> => {
  const around = await surroundings('router', migrations)
  const { identity } = around
  const [auth, billing, artifacts]: [AuthServer, BillingServer, ArtifactServer] = await Promise.all([
    startAuth(identity),
    startBilling(identity),
    startArtifacts(identity),
  ])
  const routers: RunningRouter[] = []
  const open = async (file: string, clock?: Clock): Promise<RunningRouter> => {
    const config = {
      ...around.settings,
      authAddress: auth.address,
      jobsAddress: artifacts.address,
      billingAddress: billing.address,
      redisUrl: testServers().redisUrl,
      openAiListen: '127.0.0.1:0',
      models: readModels('models.yaml', file, { HOUSE_KEY: 'sk-of-the-house' }),
      engineMemoryMiB: 512,
      engineTimeoutMs: 60_000,
      enginesAtOnce: 1,
      engineProgram: ENGINE,
    }
    const router = await createRouter(config, { identity, ...(clock && { clock }) })
    routers.push(router)
    return router
  }
  return {
    ...around,
    artifacts,
    replica: async (file, clock) => {
      const { address, openAiAddress } = await open(file, clock)
      return {
        models: (tenantId, role = 'owner') =>
          client(ModelService, address, {
            token: () => identity.tokenFor({ kind: 'user', tenantId, userId: tenantId, roles: [role] }, 'router'),
          }),
        worker: client(RouterService, address, { token: () => identity.service('worker', 'router') }),
        openai: (tenantId) => {
          const apiKey = `iama_${randomUUID()}`
          auth.apiKeys.set(apiKey, { kind: 'apiKey', tenantId, userId: tenantId, roles: ['developer'] })
          return new OpenAI({ baseURL: `http://${openAiAddress}/v1`, apiKey, maxRetries: 0 })
        },
      }
    },
    stop: async () => {
      for (const router of routers) await router.stop()
      await Promise.all([auth.stop(), billing.stop(), artifacts.stop()])
      await around.stop()
    },
  }
}

export const specRoute = {
  tier: 'free',
  phase: Phase.SPEC,
  modelClass: ModelClass.L1,
  contextTokens: 0n,
  engine: Engine.MODEL,
}

/** The spec of a strategy, as the worker has it written by a model. @returns the model that wrote it */
export const writeSpec = async ({ worker }: KeyRouter, tenantId: string, manifest: string): Promise<string> => {
  const proposal = { title: 'Use reduce', summary: 'One.', files: ['a.js'], symbols: ['a'], steps: ['do'], risk: 'low' }
  const request = ask(tenantId, manifest, { route: specRoute, proposal, goal: 'make it readable' })
  for await (const { part } of worker.generate(request)) {
    if (part.case === 'end') return `${part.value.provider}/${part.value.model}`
  }
  throw new Error('the stream had no end')
}
