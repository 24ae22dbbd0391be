import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient, type Client, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import type { DescService } from '@bufbuild/protobuf'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { JobService } from '@iama/contracts/iama/jobs/v1/service'
import { tokenIssuer, type SigningKey } from '@iama/security'
import type { RunningService } from '@iama/service'
import { startNatsServer, testServers } from '@iama/testing/servers'
import type { GatewayConfig } from '../src/config.ts'
import { createGateway } from '../src/gateway.ts'
import { migrated, startService, type ServiceProcess } from './service-process.ts'

export type Protocol = 'connect' | 'grpc-web' | 'grpc'
export type HttpVersion = '1.1' | '2'

/** A person who has registered. */
export interface Person {
  readonly email: string
  readonly tenantId: string
  readonly userId: string
  readonly accessToken: string
}

/** The gateway before real services: auth, jobs and router run as processes. */
export interface System {
  readonly gateway: RunningService
  readonly jobs: ServiceProcess
  /** What another service has to be told to belong to it. */
  readonly shared: Readonly<Record<string, string>>
  readonly config: GatewayConfig
  readonly url: string
  as<Desc extends DescService>(service: Desc, token: string | undefined, transport?: Transport): Client<Desc>
  register(): Promise<Person>
  /** A job on a small snapshot, created and not started. */
  createJob(person: Person): Promise<string>
  /** An access token as auth would have made it so many seconds ago. */
  agedToken(person: Person, seconds: number): Promise<string>
  stop(): Promise<void>
}

export const transportTo = (url: string, protocol: Protocol, httpVersion: HttpVersion): Transport => {
  // Node's own client refuses by itself to hold more than 10 MB that wait to be sent
  const nodeOptions = { maxSessionMemory: 64 }
  const options = {
    baseUrl: url,
    useBinaryFormat: true,
    ...(httpVersion === '2' ? { httpVersion, nodeOptions } : { httpVersion }),
  }
  if (protocol === 'grpc') return createGrpcTransport({ baseUrl: url, nodeOptions })
  return protocol === 'connect' ? createConnectTransport(options) : createGrpcWebTransport(options)
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export const startSystem = async (): Promise<System> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-gateway-'))
  const [nats, authDatabase, jobsDatabase, routerDatabase] = await Promise.all([
    startNatsServer({ storeDir: path.join(folder, 'nats') }),
    migrated('auth'),
    migrated('jobs'),
    migrated('router'),
  ])
  const { redisUrl } = testServers()
  const secret = randomBytes(32).toString('hex')
  const nobody = '127.0.0.1:9'
  const auth = await startService('auth', authDatabase, {
    NATS_URL: nats.url,
    REDIS_URL: redisUrl,
    DATA_DIR: path.join(folder, 'auth'),
    SERVICE_SECRET_HASHES: JSON.stringify({ jobs: sha256(secret), billing: sha256(secret), router: sha256(secret) }),
  })
  const shared = { NATS_URL: nats.url, AUTH_ADDRESS: auth.address, SERVICE_SECRET: secret }
  const jobs = await startService('jobs', jobsDatabase, {
    ...shared,
    DATA_DIR: path.join(folder, 'jobs'),
  })
  const router = await startService('router', routerDatabase, {
    ...shared,
    REDIS_URL: redisUrl,
    JOBS_ADDRESS: jobs.address,
    BILLING_ADDRESS: nobody,
    DATA_DIR: path.join(folder, 'router'),
  })
  const config: GatewayConfig = {
    listen: '127.0.0.1:0',
    opsListen: '127.0.0.1:0',
    redisUrl,
    addresses: {
      auth: auth.address,
      jobs: jobs.address,
      router: router.address,
      billing: nobody,
      delivery: nobody,
      compliance: nobody,
      monitoring: nobody,
      sandbox: nobody,
    },
    routers: [nobody],
    trustedProxies: [],
    corsOrigins: ['https://app.example.com'],
    rateLimit: { requests: 10_000, seconds: 10 },
    logLevel: 'error',
    otlpEndpoint: undefined,
    spanFile: undefined,
  }
  const gateway = await createGateway(config)
  const url = `http://${gateway.address}`
  const as: System['as'] = (service, token, transport = transportTo(url, 'connect', '1.1')) =>
    createClient(service, {
      unary: (method, signal, timeout, header, ...rest) =>
        transport.unary(method, signal, timeout, signed(header, token), ...rest),
      stream: (method, signal, timeout, header, ...rest) =>
        transport.stream(method, signal, timeout, signed(header, token), ...rest),
    })
  return {
    gateway,
    jobs,
    shared,
    config,
    url,
    as,
    register: async () => {
      const email = `${randomUUID()}@example.com`
      const { user, tokens } = await as(AuthService, undefined).register({ email, password: 'correct horse battery' })
      return { email, tenantId: user!.tenantId, userId: user!.id, accessToken: tokens!.accessToken }
    },
    createJob: async ({ accessToken }) => await createJob(as(JobService, accessToken)),
    agedToken: async ({ tenantId, userId }, seconds) => {
      const key = JSON.parse(await readFile(path.join(folder, 'auth/signing-key.json'), 'utf8')) as SigningKey
      const clock = { now: () => new Date(Date.now() - seconds * 1_000) }
      const issuer = tokenIssuer(key, { clock })
      return (await issuer.issue({ kind: 'user', tenantId, userId, roles: ['owner'] }, 'gateway', 15 * 60)).token
    },
    stop: async () => {
      await gateway.stop()
      await router.stop()
      await jobs.stop()
      await auth.stop()
      await nats.stop()
      await rm(folder, { recursive: true })
    },
  }
}

const signed = (header: ConstructorParameters<typeof Headers>[0], token: string | undefined): Headers => {
  const headers = new Headers(header)
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  return headers
}

const createJob = async (jobs: Client<typeof JobService>): Promise<string> => {
  const text = `var a = ${Math.random()}\n`
  const size = BigInt(Buffer.byteLength(text))
  const entries = [{ path: 'index.js', sha256: sha256(text), size }]
  const { snapshotId } = await jobs.createSnapshot({ requestId: randomUUID(), entries })
  const blobs = [{ sha256: sha256(text), content: Buffer.from(text), offset: 0n, totalSize: size }]
  await jobs.putBlobs({ snapshotId, blobs })
  const { job } = await jobs.createJob({
    requestId: randomUUID(),
    snapshotId,
    name: 'sample',
    options: { goal: 'modernize' },
  })
  return job!.id
}
