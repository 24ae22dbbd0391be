import { randomUUID } from 'node:crypto'
import { systemClock, systemIds, type Clock } from '@iama/kernel'
import { PostgresOutbox } from '@iama/messaging'
import { createDataSource, PostgresUnitOfWork } from '@iama/persistence'
import { startTelemetry } from '@iama/telemetry'
import type { Redis } from 'ioredis'
import type { SpendingOrder } from '../src/application/budgets.ts'
import type { Usage } from '../src/application/ports.ts'
import type { KeeperTimes } from '../src/infrastructure/budget-keeper.ts'
import { RedisBudgets } from '../src/infrastructure/budgets.redis.ts'
import { PostgresCircuitNews } from '../src/infrastructure/circuit-news.postgres.ts'
import { RedisCircuits, type CircuitsParts } from '../src/infrastructure/circuits.redis.ts'
import { PostgresLedger } from '../src/infrastructure/ledger.postgres.ts'
import { openRedis } from '../src/infrastructure/redis.ts'
import { PostgresUsageLog } from '../src/infrastructure/usage-log.postgres.ts'
import type { UsageStores } from '../src/infrastructure/usage-rows.postgres.ts'

/** What decides how long a test takes, in proportion to what production has. */
export const quick: KeeperTimes = { leaseMs: 1_500, renewEveryMs: 400, lookEveryMs: 60, graceMs: 800 }

export interface ReplicaOptions {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly keyPrefix?: string
  /** More than production has, where it is not hanging servers that are tested: the machine may be busy. */
  readonly commandTimeoutMs?: number
  readonly times?: Partial<KeeperTimes>
  readonly clock?: Clock
  readonly circuits?: Pick<CircuitsParts, 'breaker' | 'viewMs' | 'takeOverMs' | 'awayMs'>
}

/** What one process of the router has for budgets and circuits: its own connections, and nothing shared but servers. */
export interface Replica {
  readonly redis: Redis
  readonly budgets: RedisBudgets
  readonly circuits: RedisCircuits
  readonly usageLog: PostgresUsageLog
  readonly ledger: PostgresLedger
  /** What went wrong in the background. */
  readonly troubles: Error[]
  /** From now on it has no database. */
  loseDatabase(): Promise<void>
  /** Its open reservations stay behind, as when it is killed. */
  stop(): Promise<void>
}

export const openReplica = async (options: ReplicaOptions): Promise<Replica> => {
  const { clock = systemClock, times = quick } = options
  const ids = systemIds
  const traceparent = (): string => ''
  const redis = openRedis(options.redisUrl, {
    ...(options.keyPrefix !== undefined && { keyPrefix: options.keyPrefix }),
    ...(options.commandTimeoutMs !== undefined && { commandTimeoutMs: options.commandTimeoutMs }),
  })
  const dataSource = await createDataSource({ url: options.databaseUrl, entities: [], poolSize: 4 })
  const telemetry = await startTelemetry({
    service: 'router',
    version: '0',
    logLevel: 'silent',
    otlpEndpoint: undefined,
  })
  const unitOfWork = new PostgresUnitOfWork<UsageStores>(dataSource, (manager) => ({
    manager,
    outbox: new PostgresOutbox(manager),
  }))
  const ledger = new PostgresLedger(unitOfWork, { ids, clock })
  const troubles: Error[] = []
  const budgets = new RedisBudgets(redis, { ledger, clock, times, onTrouble: (error) => troubles.push(error) })
  const news = new PostgresCircuitNews(unitOfWork, traceparent)
  const circuits = new RedisCircuits(redis, { news, clock, ids, ...options.circuits })
  const usageLog = new PostgresUsageLog(unitOfWork, { ids, clock, metrics: telemetry.metrics, traceparent })
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve))
  budgets.start()
  let isStopped = false
  return {
    redis,
    budgets,
    circuits,
    usageLog,
    ledger,
    troubles,
    loseDatabase: () => dataSource.destroy(),
    stop: async () => {
      if (isStopped) return
      isStopped = true
      await budgets.stop()
      redis.disconnect()
      if (dataSource.isInitialized) await dataSource.destroy()
      await telemetry.shutdown()
    },
  }
}

export const newTenant = (): string => randomUUID()

/** An order of a new call. */
export const orderOf = (
  tenantId: string,
  jobId: string,
  costMicros: number,
  limits: SpendingOrder['limits'] = {},
): SpendingOrder => ({ id: systemIds.next(), tenantId, jobId, costMicros, limits })

/** The usage of a call. */
export const usageOf = (id: string, jobId: string, more: Partial<Usage> = {}): Usage => ({
  id,
  jobId,
  requestId: `request-${id}`,
  phase: 'refactor',
  provider: 'scripted',
  model: 'model-1',
  tier: 'pro',
  inputTokens: 100,
  outputTokens: 20,
  cachedTokens: 40,
  reasoningTokens: 5,
  costMicros: 10,
  currency: 'USD',
  milliseconds: 1_234,
  firstTokenMs: 56,
  estimated: false,
  prompt: 'refactor@3',
  attempt: 2,
  ...more,
})
