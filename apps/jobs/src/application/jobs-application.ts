import type { Clock, Ids } from '@iama/kernel'
import { AppendProgress } from './append-progress.ts'
import { Clarify } from './clarify.ts'
import { CommandJob } from './command-job.ts'
import { CreateJob } from './create-job.ts'
import { CreateSnapshot } from './create-snapshot.ts'
import { KillJobs } from './kill-jobs.ts'
import { ListJobs } from './list-jobs.ts'
import type { ArtifactStore, JobNudges, OpenJobs, SpecProblem, UnitOfWork } from './ports.ts'
import { PutBlobs } from './put-blobs.ts'
import { ReadJob } from './read-job.ts'
import { ReadPatch } from './read-patch.ts'
import { RecordFact } from './record-fact.ts'
import { ReadSpec, UpdateSpec } from './update-spec.ts'
import { WatchJob } from './watch-job.ts'

/** What the use cases stand on. */
export interface JobsPorts {
  readonly unitOfWork: UnitOfWork
  readonly openJobs: OpenJobs
  readonly artifacts: ArtifactStore
  readonly nudges: JobNudges
  readonly clock: Clock
  readonly ids: Ids
  readonly specProblem: SpecProblem
  /** The silence after which an attached client counts as lost. */
  readonly heartbeatGraceMs: number
}

/** Every use case of the service. */
export class JobsApplication {
  readonly artifacts: ArtifactStore
  readonly createSnapshot: CreateSnapshot
  readonly putBlobs: PutBlobs
  readonly createJob: CreateJob
  readonly commandJob: CommandJob
  readonly recordFact: RecordFact
  readonly appendProgress: AppendProgress
  readonly readJob: ReadJob
  readonly listJobs: ListJobs
  readonly watchJob: WatchJob
  readonly readSpec: ReadSpec
  readonly updateSpec: UpdateSpec
  readonly clarify: Clarify
  readonly readPatch: ReadPatch
  readonly killJobs: KillJobs
  readonly ids: Ids
  readonly heartbeatGraceMs: number

  constructor(ports: JobsPorts) {
    const { unitOfWork, openJobs, artifacts, nudges, clock, ids, specProblem, heartbeatGraceMs } = ports
    this.heartbeatGraceMs = heartbeatGraceMs
    this.artifacts = artifacts
    this.ids = ids
    this.createSnapshot = new CreateSnapshot(unitOfWork, artifacts, ids, clock)
    this.putBlobs = new PutBlobs(unitOfWork, artifacts)
    this.createJob = new CreateJob(unitOfWork, ids, clock)
    this.commandJob = new CommandJob(unitOfWork, nudges, clock)
    this.recordFact = new RecordFact(unitOfWork, nudges, clock)
    this.appendProgress = new AppendProgress(unitOfWork, nudges, clock)
    this.readJob = new ReadJob(unitOfWork)
    this.listJobs = new ListJobs(unitOfWork)
    this.watchJob = new WatchJob(unitOfWork, nudges)
    this.readSpec = new ReadSpec(this.readJob, artifacts)
    this.updateSpec = new UpdateSpec({
      commandJob: this.commandJob,
      readSpec: this.readSpec,
      artifacts,
      specProblem,
      ids,
    })
    this.clarify = new Clarify(this.commandJob, this.watchJob, this.readSpec, artifacts, ids)
    this.killJobs = new KillJobs(openJobs, this.commandJob)
    this.readPatch = new ReadPatch(this.readJob, artifacts)
  }
}
