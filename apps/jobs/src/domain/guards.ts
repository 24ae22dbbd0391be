import { DomainError } from '@iama/kernel'
import type { Fact } from './facts.ts'
import { isFinal, type Job, type JobIn, type JobState, type NoJob } from './job.ts'

/** There is no such job for this tenant. */
export class JobNotFound extends DomainError {
  readonly code = 'JOB_NOT_FOUND'
  override readonly kind = 'not-found'

  constructor() {
    super('there is no such job; `iama jobs` lists the ones you have')
  }
}

/** A job with this id was created before. */
export class JobAlreadyExists extends DomainError {
  readonly code = 'JOB_ALREADY_EXISTS'
  override readonly kind = 'conflict'

  constructor(job: Job) {
    super(`job ${job.id} exists already; read it, or create another one`, { state: job.state })
  }
}

/** The job has ended: nothing changes it any more. */
export class JobIsFinal extends DomainError {
  readonly code = 'JOB_IS_FINAL'

  constructor(state: JobState) {
    super(`the job is ${state}, which is final; create a new job`, { state })
  }
}

/** The command belongs to other states than the present one. */
export class NotInState extends DomainError {
  readonly code = 'NOT_IN_STATE'

  constructor(state: JobState, allowed: readonly JobState[]) {
    super(`the job is ${state}; this is possible in ${allowed.join(', ')}`, { state, allowed: allowed.join(' ') })
  }
}

/** The fact belongs to work that a person has since stopped or changed. Its sender drops it and reads the job again. */
export class StaleEpoch extends DomainError {
  readonly code = 'STALE'
  override readonly kind = 'conflict'

  constructor(epoch: number, current: number) {
    super(`the fact is from epoch ${epoch}, the job is in epoch ${current}; drop the fact and read the job again`, {
      epoch: String(epoch),
      current: String(current),
    })
  }
}

export const expectNoJob = (job: Job | NoJob): NoJob => {
  if (job.state !== 'NONE') throw new JobAlreadyExists(job)
  return job
}

export const expectJob = (job: Job | NoJob): Job => {
  if (job.state === 'NONE') throw new JobNotFound()
  return job
}

/** The job, known to be in one of the states in which the command makes sense. */
export const expectState = <State extends JobState>(job: Job, ...allowed: readonly State[]): JobIn<State> => {
  if (isInState(job, allowed)) return job
  throw isFinal(job) ? new JobIsFinal(job.state) : new NotInState(job.state, allowed)
}

export const expectEpoch = (fact: Fact, job: Job): void => {
  if (fact.epoch !== job.epoch) throw new StaleEpoch(fact.epoch, job.epoch)
}

const isInState = <State extends JobState>(job: Job, states: readonly State[]): job is JobIn<State> =>
  (states as readonly JobState[]).includes(job.state)
