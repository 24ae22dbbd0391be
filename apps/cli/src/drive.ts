import { randomUUID } from 'node:crypto'

import { JobState, type Job } from '@iama/contracts/iama/jobs/v1/job'
import { InterventionAction } from '@iama/contracts/iama/jobs/v1/service'

import type { Cli } from './cli.ts'
import type { Clients } from './client.ts'
import { followJob, type FollowOptions } from './follow.ts'
import { outcomeOf } from './outcome.ts'
import type { Prompts } from './prompts.ts'
import { failureLines } from './view/attempt.ts'

/** Asks the person what a waiting job waits for, and tells the server; false when they decide later. */
const askAndAnswer = async (cli: Cli, clients: Clients, job: Job, prompts: Prompts): Promise<boolean> => {
  const jobId = job.id
  const requestId = randomUUID()
  const options = { signal: cli.signal }
  if (job.state === JobState.WAITING_STRATEGY) {
    const proposalId = await prompts.selectProposal(job.proposals)
    if (proposalId === undefined) return false
    await clients.jobs.selectProposal({ jobId, proposalId, requestId }, options)
    return true
  }
  if (job.state === JobState.WAITING_SPEC_APPROVAL) {
    const { spec } = await clients.jobs.getSpec({ jobId }, options)
    if (!spec) return false
    const decision = await prompts.decideOnSpec(spec)
    if (decision === 'later') return false
    const { revisionToken } = spec
    if (decision === 'approve') await clients.jobs.approveSpec({ jobId, revisionToken, requestId }, options)
    else await clients.jobs.cancelJob({ jobId, requestId }, options)
    return true
  }
  cli.out.note(outcomeOf(job).message, ...failureLines(job.failures, cli.out.noteStyle))
  const choice = await prompts.intervene(job.hasGreenPart)
  if (choice === 'later') return false
  if (choice === 'cancel') await clients.jobs.cancelJob({ jobId, requestId }, options)
  else {
    const isRetry = choice === 'retry'
    const action = isRetry ? InterventionAction.RETRY : InterventionAction.TAKE_GREEN
    const hint = isRetry ? await prompts.hint() : ''
    await clients.jobs.intervene({ jobId, action, hint, requestId }, options)
  }
  return true
}

const waitsForAnswer: ReadonlySet<JobState> = new Set<JobState>([
  JobState.WAITING_STRATEGY,
  JobState.WAITING_SPEC_APPROVAL,
  JobState.WAITING_INTERVENTION,
])

/** Follows a job and asks the person at the terminal whatever it waits for, until it rests all the same. */
export const driveJob = async (cli: Cli, clients: Clients, jobId: string, options: FollowOptions): Promise<Job> => {
  let job = await followJob(cli, clients, jobId, options)
  while (cli.prompts && waitsForAnswer.has(job.state) && !cli.signal.aborted) {
    if (!(await askAndAnswer(cli, clients, job, cli.prompts))) break
    job = await followJob(cli, clients, jobId, { ...options, after: job.sequence })
  }
  return job
}
