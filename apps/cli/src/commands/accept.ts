import { randomUUID } from 'node:crypto'

import { ConnectError } from '@connectrpc/connect'
import { JobState, type Job } from '@iama/contracts/iama/jobs/v1/job'
import { parsePatch, selectEdits, withoutEdits } from '@iama/patch'

import { clientsOf, type Cli } from '../cli.ts'
import type { Clients } from '../client.ts'
import { prepareDeliveryCommits, publishCommits } from '../commit-delivery.ts'
import { CliError, isConnectionLoss, usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { followJob, readJob } from '../follow.ts'
import { outcomeOf, tellOutcome } from '../outcome.ts'
import { recoverTree, toBundle, treeOfJob, writeDelivery, type Written } from '../tree.ts'
import { count } from '../view/format.ts'
import { stateName } from '../view/states.ts'
import { oneLine } from '../view/style.ts'

export interface AcceptFlags {
  readonly only: readonly string[]
  readonly except: readonly string[]
  readonly dir?: string
  /** Commit it, too: in the commits of the verdict. */
  readonly commits?: boolean
}

const notReady = (job: Job): CliError => {
  const { exitCode, message, next } = outcomeOf(job)
  const code = exitCode === ExitCode.ok ? ExitCode.usage : exitCode
  return new CliError(code, 'NOT_DELIVERED', `there is no patch to accept (${stateName(job.state)}): ${message}`, next)
}

/** Edits need each other: says which come along with the chosen ones, or go with those that are left out. */
const checkChoice = async (cli: Cli, clients: Clients, jobId: string, { only, except }: AcceptFlags): Promise<void> => {
  const { patchJson } = await clients.jobs.getPatch({ jobId }, { signal: cli.signal })
  const whole = parsePatch(JSON.parse(patchJson))
  const part = only.length > 0 ? selectEdits(whole, only) : withoutEdits(whole, except)
  if (part.edits.length === 0) {
    throw usageError(
      `without ${except.join(', ')} no edit is left, for all others need it`,
      `iama diff ${jobId} --json`,
      `iama cancel ${jobId}`,
    )
  }
  const kept = new Set(part.edits.map(({ id }) => id))
  const unnamed = whole.edits.map(({ id }) => id).filter((id) => kept.has(id) === only.length > 0)
  const others = unnamed.filter((id) => !only.includes(id) && !except.includes(id)).map(oneLine)
  if (others.length > 0)
    cli.out.note(`${only.length > 0 ? 'needed by these' : 'left out too, for they need these'}: ${others.join(', ')}`)
}

/** Has a part of the patch verified and waits for its verdict; the part then takes the place of the whole. */
const verifyPart = async (cli: Cli, clients: Clients, job: Job, flags: AcceptFlags): Promise<Job> => {
  const { only, except } = flags
  const whole = job.delivery?.edits ?? 0
  await checkChoice(cli, clients, job.id, flags)
  const asked = await clients.jobs.acceptJob(
    { jobId: job.id, onlyEdits: [...only], exceptEdits: [...except], requestId: randomUUID() },
    { signal: cli.signal },
  )
  if (asked.job?.verifyingSubset !== true) return asked.job ?? job
  cli.out.note('verifying the part of the patch that you chose')
  const verified = await followJob(cli, clients, job.id, { after: job.sequence, to: 'note' })
  if (verified.state !== JobState.DELIVERED) throw notReady(verified)
  if (verified.delivery?.patchArtifact === job.delivery?.patchArtifact) {
    const message = `that part of the patch did not pass the gates; the whole of ${count(whole, 'edit')} is still ready`
    throw new CliError(ExitCode.jobFailed, 'PART_IS_RED', message, [`iama watch ${job.id}`, `iama accept ${job.id}`])
  }
  return verified
}

/** Tells the server; when it refuses, the tree goes back to how it was. */
const settle = async (cli: Cli, clients: Clients, jobId: string, written: Written): Promise<Job | undefined> => {
  try {
    const { treeHash } = written
    const { job } = await clients.jobs.acceptJob({ jobId, treeHash, requestId: randomUUID() }, { signal: cli.signal })
    return job
  } catch (error) {
    if (cli.signal.aborted || isConnectionLoss(error)) {
      const hint = 'The patch is in your tree; run the command again to tell the server.'
      throw new CliError(ExitCode.server, 'UNREACHABLE', ConnectError.from(error).rawMessage, [hint])
    }
    if (written.changed) {
      await written.undo()
      cli.out.note('the server refused, so your files are as they were')
    }
    throw error
  }
}

/**
 * `iama accept <job>`: writes the verified patch to the tree, whole or not at all, and settles the job. With commits it
 * is committed as well; whether that can be is known before anything is written.
 */
export const accept = async (cli: Cli, jobId: string, flags: AcceptFlags): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  const tree = await treeOfJob(cli, jobId, flags.dir)
  await recoverTree(cli, tree.root)
  let job = await readJob(cli, clients, jobId)
  if (job.state === JobState.ACCEPTED) {
    if (flags.commits) await publishCommits(cli, jobId, await prepareDeliveryCommits(cli, clients, { jobId, ...tree }))
    return tellOutcome(cli, job)
  }
  if (job.state !== JobState.DELIVERED) throw notReady(job)
  if (flags.only.length > 0 || flags.except.length > 0) job = await verifyPart(cli, clients, job, flags)
  const commits = flags.commits && (await prepareDeliveryCommits(cli, clients, { jobId, ...tree }))
  const response = await clients.delivery.getBundle({ jobId, inverse: false }, { signal: cli.signal })
  const written = await writeDelivery(tree, toBundle(jobId, response), response.treeHash)
  const settling = await settle(cli, clients, jobId, written)
  const files = count(response.files.length, 'file')
  cli.out.note(written.changed ? `wrote ${files} in ${tree.root}` : `${files} in ${tree.root} already had the patch`)
  cli.out.event({ type: 'written', jobId, files: response.files.map(({ path }) => path), treeHash: written.treeHash })
  if (commits) await publishCommits(cli, jobId, commits)
  const after = settling?.sequence ?? job.sequence
  const settled = await followJob(cli, clients, jobId, { after, to: 'note' })
  if (settled.state === JobState.ACCEPTED || cli.signal.aborted) return tellOutcome(cli, settled)
  throw new CliError(
    ExitCode.jobFailed,
    'NOT_SETTLED',
    'the patch is in your files, but the server could not settle it',
    [`iama accept ${jobId}`],
  )
}
