import type { Clock } from '@iama/kernel'
import type { JobCommand, UserCommand } from '../domain/commands.ts'
import { jobDecider } from '../domain/decider.ts'
import { isStored } from '../domain/events.ts'
import type { Job } from '../domain/job.ts'
import { mustLoad } from './must-load.ts'
import type { Documents, JobNudges, StoredJob, Stores, UnitOfWork } from './ports.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'
import { RequestIdReused } from './request-id-reused.ts'

type Stamped = 'at' | 'by'
type WithoutStamp<Command> = Command extends unknown ? Omit<Command, Stamped> : never

/** What a person asks of an existing job; who and when are added here. */
export type UserRequest = WithoutStamp<Exclude<UserCommand, { type: 'CreateJob' }>>

export interface CommandJobInput {
  readonly tenantId: string
  readonly jobId: string
  readonly userId: string
  /** Idempotency key: the command of a repeated request is not decided again. Empty when it has none. */
  readonly requestId: string
  /** The command, made from the job as it is when it is decided. */
  readonly request: UserRequest | ((stored: StoredJob) => UserRequest)
  readonly documents?: Documents
}

/** The one door by which a person's command reaches a job: read, decide, store, announce, in one transaction. */
export class CommandJob {
  readonly #unitOfWork: UnitOfWork
  readonly #nudges: JobNudges
  readonly #clock: Clock

  constructor(unitOfWork: UnitOfWork, nudges: JobNudges, clock: Clock) {
    this.#unitOfWork = unitOfWork
    this.#nudges = nudges
    this.#clock = clock
  }

  async execute(input: CommandJobInput): Promise<StoredJob> {
    const stored = await repeatOnConflict(() =>
      this.#unitOfWork.run(input.tenantId, (stores) => this.#run(input, stores)),
    )
    this.#nudges.nudge(input.jobId)
    return stored
  }

  async #run(input: CommandJobInput, stores: Stores): Promise<StoredJob> {
    const before = await mustLoad(stores.jobs, input.jobId)
    const earlier = input.requestId === '' ? undefined : await stores.jobs.jobOfRequest(input.requestId)
    if (earlier !== undefined && earlier !== input.jobId) throw new RequestIdReused()
    if (earlier !== undefined) return before
    const request = typeof input.request === 'function' ? input.request(before) : input.request
    const now = this.#clock.now()
    const command = { ...request, at: now.getTime(), by: input.userId } as UserCommand
    if (input.requestId !== '') await stores.jobs.rememberRequest(input.requestId, input.jobId)
    return await applyCommand(stores, before, command, input.documents ?? {}, now)
  }
}

/** Decides a command on a loaded job and stores what follows from it. */
export const applyCommand = async (
  stores: Stores,
  before: StoredJob,
  command: JobCommand,
  documents: Documents,
  at: Date,
): Promise<StoredJob> => {
  const events = jobDecider.decide(command, before.job)
  const job = events.reduce<Job>((state, event) => jobDecider.evolve(state, event) as Job, before.job)
  if (!events.some(isStored)) {
    if (events.length > 0) await stores.jobs.touch(before.job.id, at)
    return { ...before, job }
  }
  const change = { before, job, events, documents, at }
  const stored = await stores.jobs.save(change)
  await stores.announcements.changed(change, stored)
  return stored
}
