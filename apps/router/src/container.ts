import { QuotaService } from '@iama/contracts/iama/billing/v1/quota'
import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import { systemClock, systemIds, type Clock, type Ids } from '@iama/kernel'
import { PostgresOutbox } from '@iama/messaging'
import type { UnitOfWork } from '@iama/persistence'
import { client } from '@iama/rpc'
import { envelope } from '@iama/security'
import { openService, type HostOptions, type RunningService, type ServiceHost } from '@iama/service'
import type { ArtifactClient } from '@iama/snapshot'
import { currentTraceparent } from '@iama/telemetry'
import { TokenCounter } from '@iama/tokens'
import { Container, type ServiceIdentifier } from 'inversify'
import { AskModel } from './application/ask-model.ts'
import type { Budgets } from './application/budgets.ts'
import type { Circuits } from './application/circuits.ts'
import { Generate } from './application/generate.ts'
import { ListModels } from './application/list-models.ts'
import { OwnKeys } from './application/own-keys.ts'
import type { ChatModel, Entitlements, Tokenizer, UsageLog } from './application/ports.ts'
import { ProposeStrategies } from './application/propose-strategies.ts'
import { ReportCost } from './application/report-cost.ts'
import { WriteAnswer } from './application/write-answer.ts'
import type { RouterConfig } from './config.ts'
import { BillingEntitlements } from './infrastructure/entitlements.billing.ts'
import { ProcessDesk } from './infrastructure/briefing-desk.processes.ts'
import { RedisBudgets } from './infrastructure/budgets.redis.ts'
import { OpenAiChatModel } from './infrastructure/chat-model.openai.ts'
import { PostgresCircuitNews } from './infrastructure/circuit-news.postgres.ts'
import { RedisCircuits } from './infrastructure/circuits.redis.ts'
import { EngineProcesses } from './infrastructure/engine-processes.ts'
import { PostgresLedger } from './infrastructure/ledger.postgres.ts'
import { CodemodEngine, codemodOffer } from './infrastructure/offline-engine.codemod.ts'
import { openCompletions } from './infrastructure/completions/open-completions.ts'
import type { OpenAiServer } from './infrastructure/completions/openai-server.ts'
import { KeyRing } from './infrastructure/key-ring.ts'
import { PostgresProviderKeys } from './infrastructure/provider-keys.postgres.ts'
import { openRedis } from './infrastructure/redis.ts'
import { callers, routerRpc, type RouterApplication } from './infrastructure/rpc.ts'
import { PostgresUsageBook } from './infrastructure/usage-book.postgres.ts'
import { PostgresUsageLog } from './infrastructure/usage-log.postgres.ts'
import type { UsageStores } from './infrastructure/usage-rows.postgres.ts'

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name)

const CLOCK = token<Clock>('Clock')
const IDS = token<Ids>('Ids')
const MODELS = token<readonly ChatModel[]>('ChatModels')
const KEY_RING = token<KeyRing>('KeyRing')
const CIRCUITS = token<Circuits>('Circuits')
const BUDGETS = token<Budgets>('Budgets')
const USAGE_LOG = token<UsageLog>('UsageLog')
const ASK_MODEL = token<AskModel>('AskModel')
const WRITE_ANSWER = token<WriteAnswer>('WriteAnswer')
const GENERATE = token<Generate>('Generate')

/** What a test may put in place of the real thing. */
export interface RouterOverrides extends Pick<HostOptions, 'identity'> {
  readonly clock?: Clock
  readonly ids?: Ids
}

export interface RunningRouter extends RunningService {
  /** `host:port` of OpenAI's protocol; undefined when it is not served. */
  readonly openAiAddress: string | undefined
}

/** Opens the service as it runs in production; the composition root. */
export const createRouter = async (config: RouterConfig, overrides: RouterOverrides = {}): Promise<RunningRouter> => {
  const { identity } = overrides
  const host = await openService(config, { entities: [], ...(identity && { identity }) })
  try {
    const { application, openAi } = compose(config, host, overrides)
    const openAiAddress = (await openAi())?.address
    return { ...(await host.serve({ services: routerRpc(application), callers })), openAiAddress }
  } catch (error) {
    await host.stop()
    throw error
  }
}

const tokenizer: Tokenizer = { counter: (model) => new TokenCounter(model) }

interface Composed {
  readonly application: RouterApplication
  /** Opens the port of OpenAI's protocol. */
  readonly openAi: () => Promise<OpenAiServer | undefined>
}

const compose = (config: RouterConfig, host: ServiceHost, overrides: RouterOverrides): Composed => {
  const unitOfWork = host.unitOfWork<UsageStores>((manager) => ({ manager, outbox: new PostgresOutbox(manager) }))
  const { artifacts, entitlements, processes } = surroundings(config, host, overrides.clock ?? systemClock)
  const container = new Container({ defaultScope: 'Singleton' })
  container.bind(CLOCK).toConstantValue(overrides.clock ?? systemClock)
  container.bind(IDS).toConstantValue(overrides.ids ?? systemIds)
  bindShared(container, config, host, unitOfWork)
  bindModels(container, config, host, unitOfWork)
  container
    .bind(ASK_MODEL)
    .toResolvedValue(
      (models, circuits, budgets, usageLog, clock, ids) =>
        new AskModel({ models, circuits, budgets, usageLog, tokenizer, clock, ids }),
      [MODELS, CIRCUITS, BUDGETS, USAGE_LOG, CLOCK, IDS],
    )
  container
    .bind(WRITE_ANSWER)
    .toResolvedValue(
      (askModel, offers) => new WriteAnswer(askModel, offers, entitlements, tokenizer),
      [ASK_MODEL, KEY_RING],
    )
  container.bind(GENERATE).toResolvedValue(
    (writeAnswer, offers, usageLog, clock, ids) =>
      new Generate({
        offers,
        engine: new CodemodEngine(artifacts, processes),
        desk: new ProcessDesk(artifacts, processes),
        writeAnswer,
        proposeStrategies: new ProposeStrategies(writeAnswer, offers),
        usageLog,
        clock,
        ids,
      }),
    [WRITE_ANSWER, KEY_RING, USAGE_LOG, CLOCK, IDS],
  )
  const keyRing = container.get(KEY_RING)
  const application = {
    generate: container.get(GENERATE),
    listModels: new ListModels(container.get(MODELS), codemodOffer, container.get(CIRCUITS), keyRing),
    ownKeys: new OwnKeys(keyRing, keyRing),
    reportCost: new ReportCost(new PostgresUsageBook(unitOfWork)),
  }
  return { application, openAi: () => openAiOf(config, host, container, entitlements) }
}

const openAiOf = async (
  { openAiListen: listen, authAddress, models }: RouterConfig,
  host: ServiceHost,
  container: Container,
  entitlements: Entitlements,
): Promise<OpenAiServer | undefined> => {
  if (listen === undefined) return undefined
  const shared = {
    keyRing: container.get(KEY_RING),
    circuits: container.get(CIRCUITS),
    budgets: container.get(BUDGETS),
    usageLog: container.get(USAGE_LOG),
  }
  const inputs = { clock: container.get(CLOCK), ids: container.get(IDS) }
  return await openCompletions({ listen, authAddress, models, host, entitlements, ...shared, ...inputs })
}

/** What is asked of others. */
const surroundings = (config: RouterConfig, host: ServiceHost, clock: Clock) => {
  const { tokens } = host.identity
  const artifacts: ArtifactClient = client(ArtifactService, config.jobsAddress, { token: tokens })
  const processes = new EngineProcesses({
    program: config.engineProgram,
    memoryMiB: config.engineMemoryMiB,
    timeoutMs: config.engineTimeoutMs,
    atOnce: config.enginesAtOnce,
  })
  host.onStop(() => processes.close())
  const quota = client(QuotaService, config.billingAddress, { token: tokens })
  return { artifacts, processes, entitlements: new BillingEntitlements(quota, clock) }
}

/** The models, and the keys that tenants bring for them. */
const bindModels = (
  container: Container,
  { models }: RouterConfig,
  { identity, logger }: ServiceHost,
  unitOfWork: UnitOfWork<UsageStores>,
): void => {
  const traceparent = (): string => currentTraceparent() ?? ''
  const onTrouble = (error: Error): void => logger.warn({ err: error }, 'the keys of a tenant cannot be read')
  container.bind(KEY_RING).toResolvedValue(
    (clock: Clock, ids: Ids) => {
      const kept = new PostgresProviderKeys(unitOfWork, {
        envelope: envelope(identity.dataKeys),
        ids,
        clock,
        traceparent,
      })
      return new KeyRing([...models.map(({ offer }) => offer), codemodOffer], { kept, clock, onTrouble })
    },
    [CLOCK, IDS],
  )
  container
    .bind(MODELS)
    .toResolvedValue((keys) => models.map((settings) => new OpenAiChatModel(settings, keys)), [KEY_RING])
}

/** What all replicas share: circuits and budgets in Redis, the log of calls in the database. */
const bindShared = (
  container: Container,
  config: RouterConfig,
  host: ServiceHost,
  unitOfWork: UnitOfWork<UsageStores>,
): void => {
  const traceparent = (): string => currentTraceparent() ?? ''
  const { logger, metrics } = host
  const redis = openRedis(config.redisUrl, {
    away: () => logger.warn('Redis is away: circuits are kept alone, and nothing is granted under a budget'),
    back: () => logger.info('Redis is back'),
  })
  host.onStop(() => redis.disconnect())
  container.bind(CIRCUITS).toResolvedValue(
    (clock: Clock, ids: Ids) => {
      const news = new PostgresCircuitNews(unitOfWork, traceparent)
      return new RedisCircuits(redis, { news, clock, ids })
    },
    [CLOCK, IDS],
  )
  container.bind(BUDGETS).toResolvedValue(
    (clock: Clock, ids: Ids) => {
      const onTrouble = (error: Error): void => logger.warn({ error }, 'the books of budgets are not up to date')
      const ledger = new PostgresLedger(unitOfWork, { ids, clock })
      const budgets = new RedisBudgets(redis, { ledger, clock, onTrouble })
      budgets.start()
      host.onStop(() => budgets.stop())
      return budgets
    },
    [CLOCK, IDS],
  )
  container
    .bind(USAGE_LOG)
    .toResolvedValue(
      (clock: Clock, ids: Ids) => new PostgresUsageLog(unitOfWork, { ids, clock, metrics, traceparent }),
      [CLOCK, IDS],
    )
}
