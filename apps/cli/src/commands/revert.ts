import { randomUUID } from 'node:crypto'

import { JobState, type Job } from '@iama/contracts/iama/jobs/v1/job'

import { clientsOf, type Cli } from '../cli.ts'
import { CliError, isConnectionLoss } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { followJob, readJob } from '../follow.ts'
import { tellOutcome } from '../outcome.ts'
import { recoverTree, takeBack, toBundle, treeOfJob } from '../tree.ts'
import { count } from '../view/format.ts'
import { stateName } from '../view/states.ts'

const notAccepted = (job: Job): CliError =>
  new CliError(
    ExitCode.usage,
    'NOT_ACCEPTED',
    `the job's patch is not in your tree (${stateName(job.state)}); there is nothing to take back`,
  )

/** `iama revert <job>`: takes an accepted patch back, byte for byte. */
export const revert = async (cli: Cli, jobId: string, dir: string | undefined): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  const tree = await treeOfJob(cli, jobId, dir)
  await recoverTree(cli, tree.root)
  const job = await readJob(cli, clients, jobId)
  if (job.state === JobState.REVERTED) return tellOutcome(cli, job)
  if (job.state !== JobState.ACCEPTED) throw notAccepted(job)
  const response = await clients.delivery.getBundle({ jobId, inverse: true }, { signal: cli.signal })
  const written = await takeBack(tree, toBundle(jobId, response))
  // the server compares the hash with the submitted tree, which work on other files has changed for good reason
  const isAsSubmitted = written.treeHash === response.treeHash
  const treeHash = isAsSubmitted ? written.treeHash : ''
  if (!isAsSubmitted) cli.out.note('other files have changed since they were submitted; they are left as they are')
  const asked = await clients.jobs
    .revertJob({ jobId, treeHash, requestId: randomUUID() }, { signal: cli.signal })
    .catch(async (error: unknown) => {
      if (!isConnectionLoss(error) && !cli.signal.aborted) await written.undo()
      throw error
    })
  const files = count(response.files.length, 'file')
  cli.out.note(
    written.changed ? `${files} in ${tree.root} as before` : `${files} in ${tree.root} were as before already`,
  )
  cli.out.event({ type: 'written', jobId, files: response.files.map(({ path }) => path), treeHash })
  const after = asked.job?.sequence ?? job.sequence
  const settled = await followJob(cli, clients, jobId, { after, to: 'note' })
  if (settled.state === JobState.REVERTED || cli.signal.aborted) return tellOutcome(cli, settled)
  throw new CliError(
    ExitCode.jobFailed,
    'NOT_SETTLED',
    'your files are as before, but the server could not settle it',
    [`iama revert ${jobId}`],
  )
}
