import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { InternalService, KeyService } from '@iama/contracts/iama/auth/v1/internal'
import { AuthService, type RegisterResponse } from '@iama/contracts/iama/auth/v1/service'
import type { Clock } from '@iama/kernel'
import { client, type Client } from '@iama/rpc'
import { remoteKeys, tokenVerifier, type Principal } from '@iama/security'
import type { RunningService } from '@iama/service'
import { createTestDatabase, startNatsServer, testServers, type TestDatabase } from '@iama/testing/servers'
import type { AuthConfig } from '../src/config.ts'
import { createAuth } from '../src/container.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'
import { BcryptPasswords } from '../src/infrastructure/passwords.bcrypt.ts'

export const password = 'correct horse battery'
export const jobsSecret = randomBytes(32).toString('hex')

/** The service as it runs in production, with two replicas on one database. */
export interface AuthUnderTest {
  readonly database: TestDatabase
  /** Nobody yet. */
  readonly auth: Client<typeof AuthService>
  readonly internal: Client<typeof InternalService>
  /** The same on the other replica. */
  readonly otherAuth: Client<typeof AuthService>
  /** A person, with the token that the gateway would get for the call. */
  as(accessToken: string): Promise<Client<typeof AuthService>>
  /** The key service as one of our own processes sees it. */
  keysAs(service: string, secret: string, replica?: 0 | 1): Promise<Client<typeof KeyService>>
  register(): Promise<RegisterResponse & { readonly email: string }>
  /** What a token proves to a service. */
  verify(token: string, audience: string): Promise<Principal>
  /** Moves the clock of the service. */
  pass(milliseconds: number): void
  stop(): Promise<void>
}

export const startAuth = async (): Promise<AuthUnderTest> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-auth-'))
  const [database, nats] = await Promise.all([
    createTestDatabase('auth', migrations),
    startNatsServer({ storeDir: path.join(folder, 'nats') }),
  ])
  const config: AuthConfig = {
    service: 'auth',
    listen: '127.0.0.1:0',
    opsHost: '127.0.0.1',
    opsPort: 0,
    databaseUrl: database.urls.app,
    relayDatabaseUrl: database.urls.relay,
    natsUrl: nats.url,
    streamsFile: path.join(import.meta.dirname, '../../../deploy/nats/streams.yaml'),
    authAddress: '',
    serviceSecret: '',
    logLevel: 'error',
    otlpEndpoint: undefined,
    spanFile: undefined,
    redisUrl: testServers().redisUrl,
    keys: path.join(folder, 'keys'),
    serviceSecretHashes: {
      jobs: createHash('sha256').update(jobsSecret).digest('hex'),
      gateway: createHash('sha256').update(jobsSecret).digest('hex'),
    },
  }
  let ahead = 0
  const clock: Clock = { now: () => new Date(Date.now() + ahead) }
  // what is tested here is not how slow bcrypt can be
  const overrides = { clock, passwords: new BcryptPasswords(4) }
  const replicas: RunningService[] = await Promise.all([createAuth(config, overrides), createAuth(config, overrides)])
  const [one, two] = replicas as [RunningService, RunningService]
  const auth = client(AuthService, one.address)
  const internal = client(InternalService, one.address)
  const keys = remoteKeys({ fetch: async () => JSON.parse((await internal.getJwks({})).jwksJson) })
  return {
    database,
    auth,
    internal,
    otherAuth: client(AuthService, two.address),
    as: async (accessToken) => {
      const credential = { case: 'accessToken', value: accessToken } as const
      const { internalToken } = await internal.exchangeToken({ credential, audience: 'auth' })
      return client(AuthService, one.address, { token: () => internalToken })
    },
    keysAs: async (service, secret, replica = 0) => {
      const { serviceToken } = await internal.issueServiceToken({ service, secret, audience: 'auth' })
      return client(KeyService, replicas[replica]!.address, { token: () => serviceToken })
    },
    register: async () => {
      const email = `${randomUUID()}@example.com`
      return { ...(await auth.register({ email, password })), email }
    },
    verify: (token, audience) => tokenVerifier({ audience, keys }).verify(token),
    pass: (milliseconds) => (ahead += milliseconds),
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()))
      await nats.stop()
      await database.drop()
      await rm(folder, { recursive: true })
    },
  }
}
