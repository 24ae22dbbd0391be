import { featureProblem } from '@iama/gherkin'
import { systemClock, systemIds, type Clock, type Ids } from '@iama/kernel'
import { PostgresOutbox } from '@iama/messaging'
import { contentAddresser, envelope } from '@iama/security'
import { openService, type HostOptions, type RunningService, type ServiceHost } from '@iama/service'
import { currentTraceparent } from '@iama/telemetry'
import { Container, type ServiceIdentifier } from 'inversify'
import { JobsApplication } from './application/jobs-application.ts'
import type { ArtifactStore, JobNudges, Stores, UnitOfWork } from './application/ports.ts'
import type { ArtifactsConfig, JobsConfig } from './config.ts'
import { OutboxAnnouncements } from './infrastructure/announcements.outbox.ts'
import { SealedArtifactStore, type BlobStore } from './infrastructure/artifact-store.sealed.ts'
import { FilesystemBlobStore } from './infrastructure/blob-store.filesystem.ts'
import { PostgresJobLog } from './infrastructure/job-log.postgres.ts'
import { NatsJobNudges } from './infrastructure/job-nudges.nats.ts'
import { PostgresOpenJobs } from './infrastructure/open-jobs.postgres.ts'
import { PostgresJobs } from './infrastructure/jobs.postgres.ts'
import { jobRows, logRows, snapshotRows } from './infrastructure/rows.ts'
import { callers, jobsRpc } from './infrastructure/rpc.ts'
import { PostgresSnapshots } from './infrastructure/snapshots.postgres.ts'

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name)

const CLOCK = token<Clock>('Clock')
const IDS = token<Ids>('Ids')
const BLOBS = token<BlobStore>('BlobStore')
const ARTIFACTS = token<ArtifactStore>('ArtifactStore')
const NUDGES = token<JobNudges>('JobNudges')
const UNIT_OF_WORK = token<UnitOfWork>('UnitOfWork')
const APPLICATION = token<JobsApplication>('JobsApplication')

/** What a test may put in place of the real thing. */
export interface JobsOverrides extends Pick<HostOptions, 'identity'> {
  readonly clock?: Clock
  readonly ids?: Ids
}

/** Opens the service as it runs in production; the composition root. */
export const createJobs = async (config: JobsConfig, overrides: JobsOverrides = {}): Promise<RunningService> => {
  const { identity } = overrides
  const host = await openService(config, { entities: [jobRows, logRows, snapshotRows], ...(identity && { identity }) })
  try {
    const { blobs, fix, close } = await openBlobs(config.artifacts)
    host.onStop(close)
    const container = compose(blobs, host, config.heartbeatGraceMs, overrides)
    return await host.serve({
      services: jobsRpc(container.get(APPLICATION)),
      callers,
      checks: { artifacts: { check: () => blobs.ready(), fix } },
    })
  } catch (error) {
    await host.stop()
    throw error
  }
}

interface OpenBlobs {
  readonly blobs: BlobStore
  /** What an operator does when it is not ready. */
  readonly fix: string
  readonly close: () => void
}

const openBlobs = async (artifacts: ArtifactsConfig): Promise<OpenBlobs> => {
  if (artifacts.kind === 'folder') {
    const blobs = new FilesystemBlobStore(artifacts.folder)
    return { blobs, fix: `make the folder ${artifacts.folder} writable`, close: () => undefined }
  }
  // Loaded on demand: whoever keeps artifacts in a folder does not pay for the SDK at each start.
  const { S3BlobStore } = await import('./infrastructure/blob-store.s3.ts')
  const blobs = new S3BlobStore(artifacts)
  const fix =
    'do what the error says; the settings are ARTIFACTS, S3_ENDPOINT, S3_REGION, S3_FORCE_PATH_STYLE and AWS_*'
  return { blobs, fix, close: () => blobs.close() }
}

const compose = (
  blobs: BlobStore,
  host: ServiceHost,
  heartbeatGraceMs: number,
  overrides: JobsOverrides,
): Container => {
  const container = new Container({ defaultScope: 'Singleton' })
  container.bind(CLOCK).toConstantValue(overrides.clock ?? systemClock)
  container.bind(IDS).toConstantValue(overrides.ids ?? systemIds)
  container.bind(BLOBS).toConstantValue(blobs)
  container.bind(NUDGES).toDynamicValue(() => new NatsJobNudges(host.nats))
  container.bind(ARTIFACTS).toResolvedValue(
    (blobs: BlobStore) => {
      const keys = host.identity.dataKeys
      return new SealedArtifactStore(blobs, envelope(keys), contentAddresser(keys))
    },
    [BLOBS],
  )
  container.bind(UNIT_OF_WORK).toResolvedValue((ids: Ids) => unitOfWork(host, ids), [IDS])
  container.bind(APPLICATION).toResolvedValue(
    (unitOfWork: UnitOfWork, artifacts: ArtifactStore, nudges: JobNudges, clock: Clock, ids: Ids) =>
      new JobsApplication({
        unitOfWork,
        openJobs: new PostgresOpenJobs(host.dataSource),
        artifacts,
        nudges,
        clock,
        ids,
        specProblem: featureProblem,
        heartbeatGraceMs,
      }),
    [UNIT_OF_WORK, ARTIFACTS, NUDGES, CLOCK, IDS],
  )
  return container
}

const unitOfWork = (host: ServiceHost, ids: Ids): UnitOfWork => {
  return host.unitOfWork<Stores>((manager, tenantId) => ({
    jobs: new PostgresJobs(manager, tenantId),
    log: new PostgresJobLog(manager, tenantId),
    snapshots: new PostgresSnapshots(manager, tenantId),
    announcements: new OutboxAnnouncements(new PostgresOutbox(manager), ids, () => currentTraceparent() ?? ''),
  }))
}
