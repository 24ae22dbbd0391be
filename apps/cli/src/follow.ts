import { toJson } from '@bufbuild/protobuf'
import { JobState, type Job } from '@iama/contracts/iama/jobs/v1/job'
import { WatchJobResponseSchema, type WatchJobResponse } from '@iama/contracts/iama/jobs/v1/service'

import { attach } from './attach.ts'
import type { Cli } from './cli.ts'
import type { Clients } from './client.ts'
import { JobReporter } from './view/job-reporter.ts'
import { watchJob } from './watch.ts'

/** How long the status line waits for what a job has cost, in milliseconds. */
const COST_MS = 2_000

const finalStates: ReadonlySet<JobState> = new Set([
  JobState.REVERTED,
  JobState.CANCELLED,
  JobState.FAILED,
  JobState.CHECKED,
])

/** Nothing will ever happen to the job again. */
export const isFinal = (state: JobState): boolean => finalStates.has(state)

/** The job does nothing until a person does something. */
export const isResting = (job: Job): boolean => {
  if (isFinal(job.state) || job.state === JobState.WAITING_INTERVENTION) return true
  if (job.state === JobState.DELIVERED) return !job.settling && !job.verifyingSubset
  if (job.state === JobState.ACCEPTED) return !job.settling
  // until the draft is ready there is nothing to approve
  const isAsked =
    job.state === JobState.WAITING_STRATEGY || (job.state === JobState.WAITING_SPEC_APPROVAL && job.specVersion > 0)
  return isAsked && job.options?.autoApprove !== true
}

/** Whether an entry may be the last before a rest, so that it is worth asking for the job. */
const mayRest = ({ state }: WatchJobResponse): boolean =>
  isFinal(state) ||
  state === JobState.WAITING_INTERVENTION ||
  state === JobState.WAITING_STRATEGY ||
  state === JobState.WAITING_SPEC_APPROVAL ||
  state === JobState.DELIVERED ||
  state === JobState.ACCEPTED

export interface FollowOptions {
  /** Entries up to here are known; 0 for all. */
  readonly after?: bigint
  /** Where the log goes: data of `watch`, notes of every other command. */
  readonly to: 'data' | 'note'
  /** Leaves out what the gates said, for whoever shows it at the end. */
  readonly withoutVerdicts?: boolean
}

export const readJob = async (cli: Cli, clients: Clients, jobId: string): Promise<Job> => {
  const { job } = await clients.jobs.getJob({ jobId }, { signal: cli.signal })
  if (!job) throw new Error('the server answered without a job')
  return job
}

/** Whether an entry says that a model has written something, so that the job has cost more. */
const mayHaveCost = ({ body }: WatchJobResponse): boolean =>
  body.case === 'progress' && body.value.step === 'generate' && body.value.phase === 'done'

/** Tells the reporter what the job has cost; a cost that cannot be read now is read after the next call. */
const tellCost = async ({ signal }: Cli, clients: Clients, job: Job, reporter: JobReporter): Promise<void> => {
  const answer = clients.models.getJobCost({ jobId: job.id }, { signal, timeoutMs: COST_MS })
  const cost = await answer.catch(() => undefined)
  if (cost) reporter.costs(cost.costMicros, cost.currency, job.options?.budgetMicros ?? 0n)
}

/**
 * Shows what happens to a job until it rests, across lost connections, and gives the job back. After Ctrl-C it gives
 * back the job as it was last read; the job itself goes on.
 */
export const followJob = async (
  cli: Cli,
  clients: Clients,
  jobId: string,
  { after = 0n, to, withoutVerdicts = false }: FollowOptions,
): Promise<Job> => {
  const { out, signal } = cli
  let job = await readJob(cli, clients, jobId)
  using _ = attach(clients, job, signal)
  const reporter = new JobReporter(to === 'data' ? out.style : out.noteStyle, job.proposals, withoutVerdicts)
  const events = watchJob({
    open: (sequence, inner) => clients.jobs.watchJob({ jobId, afterSequence: sequence }, { signal: inner }),
    isOver: async () => {
      job = await readJob(cli, clients, jobId)
      return isResting(job)
    },
    after,
    signal,
    onTrouble: (message) => out.note(out.noteStyle.yellow(message)),
  })
  let seen = after
  // a job that rests writes no more entries, so its stream would only show signs of life
  if (isResting(job) && job.sequence <= seen) return job
  for await (const event of events) {
    seen = event.sequence
    if (out.isTerminal && mayHaveCost(event)) await tellCost(cli, clients, job, reporter)
    show(cli, reporter, event, to)
    if (!mayRest(event) || seen < job.sequence) continue
    job = await readJob(cli, clients, jobId)
    if (isResting(job) && job.sequence <= seen) break
  }
  out.status('')
  return job
}

const show = ({ out }: Cli, reporter: JobReporter, event: WatchJobResponse, to: 'data' | 'note'): void => {
  const lines = reporter.lines(event)
  const status = reporter.status(event)
  out.event({ type: 'event', ...(toJson(WatchJobResponseSchema, event) as Record<string, unknown>) })
  if (to === 'data') out.data(lines.map((line) => `${line}\n`).join(''))
  else if (!out.json) out.note(...lines)
  if (status !== undefined) out.status(status)
}
