import { randomUUID } from 'node:crypto'

import { clientsOf, type Cli } from '../cli.ts'
import type { Clients } from '../client.ts'
import { driveJob } from '../drive.ts'
import { usageError } from '../errors.ts'
import type { ExitCode } from '../exit-code.ts'
import { readJob } from '../follow.ts'
import { sendIntervention } from '../interventions.ts'
import { tellOutcome } from '../outcome.ts'
import { interventionOf } from './intervene.ts'

/** What a waiting job may be told; exactly one of them, and a hint only with `retry`. */
export interface AnswerFlags {
  readonly select?: string
  readonly approve?: boolean
  readonly retry?: boolean
  readonly takeGreen?: boolean
  /** A file with a patch of the user's own. */
  readonly ownEdits?: string
  readonly hint?: string
}

const send = async (cli: Cli, clients: Clients, jobId: string, flags: AnswerFlags): Promise<void> => {
  const requestId = randomUUID()
  const options = { signal: cli.signal }
  const { ownEdits, ...rest } = flags
  const intervention = interventionOf({ ...rest, ...(ownEdits === undefined ? {} : { own: ownEdits }) })
  if (flags.select !== undefined) {
    await clients.jobs.selectProposal({ jobId, proposalId: flags.select, requestId }, options)
  } else if (flags.approve) {
    const { spec } = await clients.jobs.getSpec({ jobId }, options)
    await clients.jobs.approveSpec({ jobId, revisionToken: spec?.revisionToken ?? '', requestId }, options)
  } else if (intervention !== undefined && intervention !== 'unconfirmed') {
    await sendIntervention(cli, clients, jobId, intervention)
  }
}

/** `iama answer <job>`: tells a waiting job how to go on, then follows it. */
export const answer = async (cli: Cli, jobId: string, flags: AnswerFlags): Promise<ExitCode> => {
  const { select, approve, retry, takeGreen, ownEdits, hint } = flags
  const given = [select, approve, retry, takeGreen, ownEdits].filter((flag) => flag !== undefined && flag !== false)
  if (given.length !== 1) {
    throw usageError('give exactly one of --select, --approve, --retry, --take-green and --own-edits')
  }
  if (hint !== undefined && !retry) throw usageError('--hint goes with --retry')
  const clients = await clientsOf(cli)
  const before = await readJob(cli, clients, jobId)
  await send(cli, clients, jobId, flags)
  return tellOutcome(cli, await driveJob(cli, clients, jobId, { after: before.sequence, to: 'note' }))
}
