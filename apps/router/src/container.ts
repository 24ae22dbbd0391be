import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import { systemClock, systemIds, type Clock, type Ids } from '@iama/kernel'
import { PostgresOutbox } from '@iama/messaging'
import { client } from '@iama/rpc'
import { openService, type HostOptions, type RunningService, type ServiceHost } from '@iama/service'
import { currentTraceparent } from '@iama/telemetry'
import { Container, type ServiceIdentifier } from 'inversify'
import { Generate } from './application/generate.ts'
import type { Provider, UsageLog } from './application/ports.ts'
import type { RouterConfig } from './config.ts'
import { CodemodProvider } from './infrastructure/provider.codemod.ts'
import { callers, routerRpc } from './infrastructure/rpc.ts'
import { PostgresUsageLog, type UsageStores } from './infrastructure/usage-log.postgres.ts'

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name)

const CLOCK = token<Clock>('Clock')
const IDS = token<Ids>('Ids')
const PROVIDERS = token<readonly Provider[]>('Providers')
const USAGE_LOG = token<UsageLog>('UsageLog')
const GENERATE = token<Generate>('Generate')

/** What a test may put in place of the real thing. */
export interface RouterOverrides extends Pick<HostOptions, 'identity'> {
  readonly clock?: Clock
  readonly ids?: Ids
}

/** Opens the service as it runs in production; the composition root. */
export const createRouter = async (config: RouterConfig, overrides: RouterOverrides = {}): Promise<RunningService> => {
  const { identity } = overrides
  const host = await openService(config, { entities: [], ...(identity && { identity }) })
  try {
    const container = compose(config, host, overrides)
    return await host.serve({ services: routerRpc(container.get(GENERATE)), callers })
  } catch (error) {
    await host.stop()
    throw error
  }
}

const compose = (config: RouterConfig, host: ServiceHost, overrides: RouterOverrides): Container => {
  const container = new Container({ defaultScope: 'Singleton' })
  container.bind(CLOCK).toConstantValue(overrides.clock ?? systemClock)
  container.bind(IDS).toConstantValue(overrides.ids ?? systemIds)
  container.bind(PROVIDERS).toDynamicValue(() => [codemod(config, host)])
  container.bind(USAGE_LOG).toResolvedValue((clock: Clock, ids: Ids) => usageLog(host, clock, ids), [CLOCK, IDS])
  container
    .bind(GENERATE)
    .toResolvedValue(
      (providers: readonly Provider[], log: UsageLog, clock: Clock) => new Generate(providers, log, clock),
      [PROVIDERS, USAGE_LOG, CLOCK],
    )
  return container
}

const codemod = (config: RouterConfig, host: ServiceHost): Provider => {
  const artifacts = client(ArtifactService, config.jobsAddress, { token: host.identity.tokens })
  const provider = new CodemodProvider(artifacts, {
    program: config.engineProgram,
    memoryMiB: config.engineMemoryMiB,
    timeoutMs: config.engineTimeoutMs,
    atOnce: config.enginesAtOnce,
  })
  host.onStop(() => provider.close())
  return provider
}

const usageLog = (host: ServiceHost, clock: Clock, ids: Ids): UsageLog => {
  const unitOfWork = host.unitOfWork<UsageStores>((manager) => ({ manager, outbox: new PostgresOutbox(manager) }))
  const traceparent = (): string => currentTraceparent() ?? ''
  return new PostgresUsageLog(unitOfWork, { ids, clock, metrics: host.metrics, traceparent })
}
