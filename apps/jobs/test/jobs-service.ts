import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import { LifecycleService } from '@iama/contracts/iama/jobs/v1/lifecycle'
import { OperatorService } from '@iama/contracts/iama/jobs/v1/operator'
import { JobService } from '@iama/contracts/iama/jobs/v1/service'
import { client, type Client } from '@iama/rpc'
import type { RunningService } from '@iama/service'
import { testIdentity } from '@iama/testing/identity'
import { createTestDatabase, startNatsServer, type TestDatabase } from '@iama/testing/servers'
import type { ArtifactsConfig, JobsConfig } from '../src/config.ts'
import { createJobs } from '../src/container.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'

/** The service as it runs in production, with two replicas on one database, and who may call it. */
export interface JobsUnderTest {
  readonly database: TestDatabase
  /** A person's client of the first or second replica. */
  as(tenantId: string, replica?: 0 | 1): Client<typeof JobService>
  readonly worker: Client<typeof LifecycleService>
  /** The kill switch as `monitoring` calls it. */
  readonly operator: Client<typeof OperatorService>
  /** The same as another service, or as a person. */
  operatorAs(service: string | null): Client<typeof OperatorService>
  readonly artifacts: Client<typeof ArtifactService>
  /** What /readyz of the first replica says. */
  readiness(): Promise<{ ready: boolean; text: string }>
  /** A job on a small snapshot, created and not started. */
  createJob(tenantId: string): Promise<string>
  stop(): Promise<void>
}

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

export const startJobs = async (artifacts?: ArtifactsConfig): Promise<JobsUnderTest> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-jobs-'))
  const [database, nats, identity] = await Promise.all([
    createTestDatabase('jobs', migrations),
    startNatsServer({ storeDir: path.join(folder, 'nats') }),
    testIdentity('worker'),
  ])
  const config: JobsConfig = {
    service: 'jobs',
    listen: '127.0.0.1:0',
    opsHost: '127.0.0.1',
    opsPort: 0,
    databaseUrl: database.urls.app,
    relayDatabaseUrl: database.urls.relay,
    natsUrl: nats.url,
    streamsFile: path.join(import.meta.dirname, '../../../deploy/nats/streams.yaml'),
    authAddress: 'unused:1',
    serviceSecret: '',
    logLevel: 'error',
    otlpEndpoint: undefined,
    spanFile: undefined,
    heartbeatGraceMs: 300_000,
    artifacts: artifacts ?? { kind: 'folder', folder: path.join(folder, 'artifacts') },
  }
  const replicas: RunningService[] = [await createJobs(config, { identity }), await createJobs(config, { identity })]
  const as = (tenantId: string, replica: 0 | 1 = 0) =>
    client(JobService, replicas[replica]!.address, { token: () => identity.user(tenantId, tenantId, 'jobs') })
  const worker = { token: () => identity.service('worker', 'jobs') }
  const operatorAs = (service: string | null) =>
    client(OperatorService, replicas[0]!.address, {
      token: () =>
        service === null ? identity.user(randomUUID(), randomUUID(), 'jobs') : identity.service(service, 'jobs'),
    })
  return {
    database,
    operator: operatorAs('monitoring'),
    operatorAs,
    as,
    worker: client(LifecycleService, replicas[0]!.address, worker),
    artifacts: client(ArtifactService, replicas[0]!.address, worker),
    readiness: async () => {
      const response = await fetch(`http://${replicas[0]!.opsAddress}/readyz`)
      return { ready: response.ok, text: await response.text() }
    },
    createJob: async (tenantId) => {
      const jobs = as(tenantId)
      const snapshotId = await submit(jobs, { 'index.js': 'var a = 1\n' })
      const { job } = await jobs.createJob({
        requestId: randomUUID(),
        snapshotId,
        name: 'sample',
        options: { goal: 'modernize' },
      })
      return job!.id
    },
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()))
      await nats.stop()
      await database.drop()
      await rm(folder, { recursive: true })
    },
  }
}

/** Sends the files of a snapshot. @returns its id */
export const submit = async (
  jobs: Client<typeof JobService>,
  files: Readonly<Record<string, string>>,
): Promise<string> => {
  const entries = Object.entries(files).map(([file, text]) => ({
    path: file,
    sha256: hash(text),
    size: BigInt(Buffer.byteLength(text)),
  }))
  const { snapshotId, missing } = await jobs.createSnapshot({ requestId: randomUUID(), entries })
  const blobs = Object.values(files)
    .filter((text) => missing.includes(hash(text)))
    .map((text) => ({
      sha256: hash(text),
      content: Buffer.from(text),
      offset: 0n,
      totalSize: BigInt(Buffer.byteLength(text)),
    }))
  await jobs.putBlobs({ snapshotId, blobs })
  return snapshotId
}
