import { ModelService } from '@iama/contracts/iama/router/v1/model'
import { RouterService } from '@iama/contracts/iama/router/v1/service'
import { InvalidRequest, isUuid } from '@iama/kernel'
import { implement, type CallContext, type ServiceImplementation } from '@iama/rpc'
import { requirePermission, tenantOf, type CallerMatrix } from '@iama/security'
import type { Generate } from '../application/generate.ts'
import type { KeyHolder, OwnKeys } from '../application/own-keys.ts'
import type { ReportCost } from '../application/report-cost.ts'
import type { ListModels } from '../application/list-models.ts'
import { toAssignment, toKey } from './rpc-requests.ts'
import { toWireCost, toWireModel, toWireOutput, wireClasses } from './rpc-responses.ts'

/** Who may call what. */
export const callers: CallerMatrix = {
  [RouterService.typeName]: ['worker'],
  [ModelService.typeName]: ['people'],
}

/** What the service can do. */
export interface RouterApplication {
  readonly generate: Generate
  readonly listModels: ListModels
  readonly reportCost: ReportCost
  readonly ownKeys: OwnKeys
}

export const routerRpc = (app: RouterApplication): ServiceImplementation[] => [routerService(app), modelService(app)]

const routerService = ({ generate }: RouterApplication): ServiceImplementation =>
  implement(RouterService, {
    async *generate(request, context) {
      const tenantId = tenantOf(context.principal, request.tenantId)
      const key = toKey(request.route)
      const assignment = toAssignment(tenantId, key.phase, request)
      const { requestId } = request
      for await (const output of generate.execute({ requestId, key, assignment }, context.signal)) {
        yield toWireOutput(output)
      }
    },

    previewRoute: async (request, context) => {
      const tenantId = tenantOf(context.principal, request.tenantId)
      const { routes, leftOut } = await generate.routes(tenantId, toKey(request.route))
      return {
        routes: routes.map(({ offer, maxTokens, outputCap, reason }) => ({
          provider: offer.provider,
          model: offer.model,
          maxTokens: BigInt(maxTokens),
          outputCap: BigInt(outputCap),
          reason,
        })),
        leftOut: [...leftOut],
      }
    },

    listProviders: async () => {
      const names = [...new Set(generate.offers.map(({ provider }) => provider))]
      return {
        providers: names.map((name) => {
          const offers = generate.offers.filter(({ provider }) => provider === name)
          const classes = [...new Set(offers.flatMap((offer) => offer.classes))]
          return { name, models: offers.map(({ model }) => model), classes: wireClasses(classes) }
        }),
      }
    },
  })

const modelService = ({ listModels, reportCost, ownKeys }: RouterApplication): ServiceImplementation =>
  implement(ModelService, {
    listModels: async (_request, context) => {
      requirePermission(context.principal, 'jobs.read')
      return { models: (await listModels.execute(tenantOf(context.principal))).map(toWireModel) }
    },

    getJobCost: async (request, context) => {
      requirePermission(context.principal, 'jobs.read')
      if (!isUuid(request.jobId)) {
        throw new InvalidRequest([
          { field: 'job_id', reason: 'is not a UUID', fix: 'send the id as it was given to you' },
        ])
      }
      return toWireCost(await reportCost.execute(tenantOf(context.principal), request.jobId))
    },

    setProviderKey: async ({ provider, key }, context) => ({
      keyHint: await ownKeys.set(keyHolder(context), provider, key),
    }),

    removeProviderKey: async ({ provider }, context) => ({
      removed: await ownKeys.remove(keyHolder(context), provider),
    }),
  })

/** Keys are how the whole tenant works: owners and admins decide that. @throws PermissionDenied */
const keyHolder = ({ principal }: CallContext): KeyHolder => {
  requirePermission(principal, 'policy.manage')
  return { tenantId: tenantOf(principal), userId: principal.userId ?? '' }
}
