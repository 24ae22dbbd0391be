import { randomBytes } from 'node:crypto'
import { systemClock, systemIds, type Clock, type Ids } from '@iama/kernel'
import { PostgresOutbox } from '@iama/messaging'
import { createDataSource, PostgresUnitOfWork } from '@iama/persistence'
import {
  cachedKeys,
  envelope,
  publicKeySet,
  staticKeys,
  tenantKeys,
  type KeyProvider,
  type SigningKey,
} from '@iama/security'
import { openService, type Identity, type RunningService, type ServiceHost } from '@iama/service'
import { currentTraceparent } from '@iama/telemetry'
import { Container, type ServiceIdentifier } from 'inversify'
import { Redis } from 'ioredis'
import type { DataSource } from 'typeorm'
import { AuthApplication } from './application/auth-application.ts'
import { GetDataKey } from './application/get-data-key.ts'
import type { Directory, LoginThrottle, Passwords, Secrets, Stores, Tokens, UnitOfWork } from './application/ports.ts'
import type { AuthConfig } from './config.ts'
import { OutboxAnnouncements } from './infrastructure/announcements.outbox.ts'
import { PostgresDirectory } from './infrastructure/directory.postgres.ts'
import { FileMasterKey, loadSigningKey, randomSecrets } from './infrastructure/key-files.ts'
import { RedisLoginThrottle } from './infrastructure/login-throttle.redis.ts'
import { BcryptPasswords } from './infrastructure/passwords.bcrypt.ts'
import { authRpc, callers } from './infrastructure/rpc.ts'
import { PostgresApiKeys, PostgresDataKeys, PostgresSessions, PostgresUsers } from './infrastructure/stores.postgres.ts'
import { Rs256Tokens } from './infrastructure/tokens.rs256.ts'

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name)

const CLOCK = token<Clock>('Clock')
const IDS = token<Ids>('Ids')
const UNIT_OF_WORK = token<UnitOfWork>('UnitOfWork')
const DIRECTORY = token<Directory>('Directory')
const PASSWORDS = token<Passwords>('Passwords')
const SECRETS = token<Secrets>('Secrets')
const THROTTLE = token<LoginThrottle>('LoginThrottle')
const TOKENS = token<Tokens>('Tokens')
const APPLICATION = token<AuthApplication>('AuthApplication')

/** What a test may put in place of the real thing. */
export interface AuthOverrides {
  readonly clock?: Clock
  readonly ids?: Ids
  readonly passwords?: Passwords
}

/** Opens the service as it runs in production; the composition root. */
export const createAuth = async (config: AuthConfig, overrides: AuthOverrides = {}): Promise<RunningService> => {
  const master = await FileMasterKey.load(config.keys)
  const signingKey = await loadSigningKey(config.keys)
  // Keys have connections of their own: a transaction that needs a key must not wait for another one to end.
  const keyDatabase = await createDataSource({ url: config.databaseUrl, entities: [], poolSize: 3 })
  const getDataKey = new GetDataKey(keyUnitOfWork(keyDatabase), master, () => randomBytes(32))
  const dataKeys = cachedKeys(tenantKeys((tenantId) => getDataKey.execute(tenantId)))
  const host = await openService(config, { entities: [], identity: localIdentity(signingKey, dataKeys) })
  host.onStop(() => keyDatabase.destroy())
  try {
    const redis = new Redis(config.redisUrl, { maxRetriesPerRequest: 1, enableOfflineQueue: false })
    redis.on('error', () => undefined) // readiness and the insurance limiter tell
    host.onStop(() => redis.disconnect())
    const container = compose(host, { master, signingKey, dataKeys, getDataKey, redis }, config, overrides)
    return await host.serve({
      services: authRpc(container.get(APPLICATION)),
      callers,
      checks: { redis: { check: async () => void (await redis.ping()), fix: 'start Redis, or look at its log' } },
    })
  } catch (error) {
    await host.stop()
    throw error
  }
}

/** `auth` knows its own keys; everybody else asks it for them. */
const localIdentity = (signingKey: SigningKey, dataKeys: KeyProvider): Identity => ({
  keys: staticKeys(publicKeySet([signingKey])),
  tokens: () => Promise.reject(new Error('auth calls no other service')),
  dataKeys,
})

const keyUnitOfWork = (dataSource: DataSource) => {
  const work = new PostgresUnitOfWork(dataSource, (manager, tenantId) => ({
    dataKeys: new PostgresDataKeys(manager, tenantId),
  }))
  return work as unknown as UnitOfWork
}

interface Opened {
  readonly master: FileMasterKey
  readonly signingKey: SigningKey
  readonly dataKeys: KeyProvider
  readonly getDataKey: GetDataKey
  readonly redis: Redis
}

const compose = (host: ServiceHost, opened: Opened, config: AuthConfig, overrides: AuthOverrides): Container => {
  const container = new Container({ defaultScope: 'Singleton' })
  container.bind(CLOCK).toConstantValue(overrides.clock ?? systemClock)
  container.bind(IDS).toConstantValue(overrides.ids ?? systemIds)
  container.bind(PASSWORDS).toDynamicValue(() => overrides.passwords ?? new BcryptPasswords())
  container.bind(SECRETS).toDynamicValue(() => randomSecrets(opened.master))
  container.bind(THROTTLE).toDynamicValue(() => new RedisLoginThrottle(opened.redis))
  container.bind(TOKENS).toDynamicValue(() => new Rs256Tokens(opened.signingKey))
  container.bind(DIRECTORY).toDynamicValue(() => new PostgresDirectory(host.dataSource))
  container.bind(UNIT_OF_WORK).toResolvedValue((ids: Ids) => unitOfWork(host, opened.dataKeys, ids), [IDS])
  container.bind(APPLICATION).toDynamicValue(
    ({ get }) =>
      new AuthApplication(
        {
          unitOfWork: get(UNIT_OF_WORK),
          directory: get(DIRECTORY),
          passwords: get(PASSWORDS),
          secrets: get(SECRETS),
          throttle: get(THROTTLE),
          tokens: get(TOKENS),
          ids: get(IDS),
          clock: get(CLOCK),
        },
        opened.getDataKey,
        config.serviceSecretHashes,
      ),
  )
  return container
}

const unitOfWork = (host: ServiceHost, dataKeys: KeyProvider, ids: Ids): UnitOfWork => {
  const sealing = envelope(dataKeys)
  return host.unitOfWork<Stores>((manager, tenantId) => ({
    users: new PostgresUsers(manager, tenantId, sealing),
    sessions: new PostgresSessions(manager, tenantId),
    apiKeys: new PostgresApiKeys(manager, tenantId),
    dataKeys: new PostgresDataKeys(manager, tenantId),
    announcements: new OutboxAnnouncements(
      new PostgresOutbox(manager),
      tenantId,
      ids,
      () => currentTraceparent() ?? '',
    ),
  }))
}
