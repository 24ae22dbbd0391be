import { randomUUID } from 'node:crypto'

import { JobState, type Job } from '@iama/contracts/iama/jobs/v1/job'

import type { Cli } from './cli.ts'
import type { Clients } from './client.ts'
import { converse } from './conversation.ts'
import { editSpec } from './edit-spec.ts'
import { toCliError } from './errors.ts'
import { followJob, type FollowOptions } from './follow.ts'
import { askIntervention, sendIntervention } from './interventions.ts'
import type { Prompts } from './prompts.ts'

/** Asks about the spec until it is approved, the job is cancelled, or the person decides later. */
const decideOnSpec = async (cli: Cli, clients: Clients, job: Job, prompts: Prompts): Promise<boolean> => {
  const jobId = job.id
  const options = { signal: cli.signal }
  for (;;) {
    const { spec, conversation } = await clients.jobs.getSpec({ jobId }, options)
    if (!spec) return false
    const requestId = randomUUID()
    const { revisionToken } = spec
    switch (await prompts.decideOnSpec(spec, job)) {
      case 'approve':
        await clients.jobs.approveSpec({ jobId, revisionToken, requestId }, options)
        return true
      case 'cancel':
        await clients.jobs.cancelJob({ jobId, requestId }, options)
        return true
      case 'later':
        return false
      case 'edit':
        await orSay(cli, () => editSpec(cli, clients, jobId))
        break
      case 'clarify': {
        const last = conversation.findLast(({ role }) => role === 'assistant')
        await orSay(cli, () => converse(cli, clients, jobId, prompts, last))
      }
    }
  }
}

/** An edit or a turn that was refused is no reason to leave: the person may choose again. */
const orSay = async (cli: Cli, work: () => Promise<unknown>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    if (cli.signal.aborted) throw error
    const { message, hints } = toCliError(error)
    cli.out.note(cli.out.noteStyle.red(message), ...hints.map((hint) => `  ${hint}`))
  }
}

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
  if (job.state === JobState.WAITING_SPEC_APPROVAL) return await decideOnSpec(cli, clients, job, prompts)
  const intervention = await askIntervention(cli, clients, job, prompts)
  if (intervention) await sendIntervention(cli, clients, jobId, intervention)
  return intervention !== undefined
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
