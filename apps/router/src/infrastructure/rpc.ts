import {
  ModelClass as WireClass,
  Phase as WirePhase,
  RouterService,
  type RouteKey as WireKey,
} from '@iama/contracts/iama/router/v1/service'
import { InvalidRequest } from '@iama/kernel'
import { implement, type ServiceImplementation } from '@iama/rpc'
import { tenantOf, type CallerMatrix } from '@iama/security'
import type { Generate, GenerateOutput } from '../application/generate.ts'
import { contextCaps, type ModelClass, type Phase, type RouteKey, type Tier } from '../domain/route.ts'

/** Who may call what. */
export const callers: CallerMatrix = { [RouterService.typeName]: ['worker'] }

export const routerRpc = (generate: Generate): ServiceImplementation[] => [
  implement(RouterService, {
    async *generate(request, context) {
      const tenantId = tenantOf(context.principal, request.tenantId)
      const key = toKey(request.route)
      const { jobId, requestId, goal, target, include, recipes, skip, proposalId, onlyEdits } = request
      const assignment = {
        tenantId,
        jobId,
        phase: key.phase,
        manifest: request.manifestArtifact,
        goal,
        target,
        include,
        recipes,
        skip,
        proposalId,
        onlyEdits,
      }
      for await (const output of generate.execute({ requestId, key, assignment }, context.signal)) yield toWire(output)
    },

    previewRoute: async (request) => {
      const { maxTokens, ...route } = generate.route(toKey(request.route))
      return { ...route, maxTokens: BigInt(maxTokens), outputCap: BigInt(route.outputCap) }
    },

    listProviders: async () => ({
      providers: generate.providers.map(({ name, model, classes }) => ({
        name,
        models: [model],
        classes: classes.map((modelClass) => WireClass[modelClass]),
      })),
    }),
  }),
]

const classes: Readonly<Record<number, ModelClass>> = {
  [WireClass.L1]: 'L1',
  [WireClass.L2]: 'L2',
  [WireClass.L3]: 'L3',
}

const phases: Readonly<Record<number, Phase>> = {
  [WirePhase.PROPOSAL]: 'proposal',
  [WirePhase.SPEC]: 'spec',
  [WirePhase.REFACTOR]: 'refactor',
}

const toKey = (key: WireKey | undefined): RouteKey => {
  const { tier = '', phase = 0, modelClass = 0, contextTokens = 0n } = key ?? {}
  const known = {
    tier: Object.hasOwn(contextCaps, tier),
    phase: Object.hasOwn(phases, phase),
    model_class: Object.hasOwn(classes, modelClass),
  }
  const wrong = Object.entries(known).filter(([, fine]) => !fine)
  if (wrong.length > 0) {
    throw new InvalidRequest(
      wrong.map(([field]) => ({ field: `route.${field}`, reason: 'is unknown', fix: 'send one of the contract' })),
    )
  }
  return {
    tier: tier as Tier,
    phase: phases[phase]!,
    modelClass: classes[modelClass]!,
    contextTokens: Number(contextTokens),
  }
}

const toWire = (output: GenerateOutput) => {
  switch (output.kind) {
    case 'text':
      return { part: { case: 'text' as const, value: output.text } }
    case 'progress':
      return { part: { case: 'progress' as const, value: output.text } }
    case 'end': {
      const { provider, model, inputTokens, outputTokens, costMicros, currency, milliseconds } = output.usage
      return {
        part: {
          case: 'end' as const,
          value: {
            provider,
            model,
            inputTokens: BigInt(inputTokens),
            outputTokens: BigInt(outputTokens),
            costMicros: BigInt(costMicros),
            currency,
            milliseconds: BigInt(milliseconds),
          },
        },
      }
    }
  }
}
