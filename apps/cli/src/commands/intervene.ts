import { JobState } from '@iama/contracts/iama/jobs/v1/job'

import { clientsOf, type Cli } from '../cli.ts'
import type { Clients } from '../client.ts'
import { driveJob } from '../drive.ts'
import { CliError, usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { readJob } from '../follow.ts'
import { deepFixLines, sendIntervention, usd, type Intervention } from '../interventions.ts'
import { tellOutcome } from '../outcome.ts'
import { cancel } from './cancel.ts'

/** What a job that waits for a person may be told; at most one of the choices, and what belongs to it. */
export interface InterveneFlags {
  readonly retry?: boolean
  readonly hint?: string
  /** US dollars: the job's new budget. */
  readonly budget?: string
  readonly takeGreen?: boolean
  /** A file with a patch of the user's own. */
  readonly own?: string
  readonly deepFix?: boolean
  /** US dollars: the most that the deep fix may cost. */
  readonly confirm?: string
  readonly cancel?: boolean
}

/**
 * What the flags choose: undefined without any, and `unconfirmed` for a deep fix whose limit is missing.
 * @throws CliError (usage) for flags that do not fit each other
 */
export const interventionOf = (flags: InterveneFlags): Intervention | 'unconfirmed' | undefined => {
  const { retry, hint, budget, takeGreen, own, deepFix, confirm } = flags
  const chosen = [retry, takeGreen, own !== undefined, deepFix, flags.cancel].filter((flag) => flag === true)
  if (chosen.length > 1) throw usageError('give one of --retry, --take-green, --own, --deep-fix and --cancel')
  if (hint !== undefined && !retry) throw usageError('--hint goes with --retry')
  if (budget !== undefined && !retry) throw usageError('--budget goes with --retry')
  if (confirm !== undefined && !deepFix) throw usageError('--confirm goes with --deep-fix')
  if (retry)
    return { kind: 'retry', hint: hint ?? '', budgetMicros: budget === undefined ? 0n : usd(budget, '--budget') }
  if (takeGreen) return { kind: 'take-green' }
  if (own !== undefined) return { kind: 'own-edits', file: own }
  if (deepFix)
    return confirm === undefined ? 'unconfirmed' : { kind: 'deep-fix', confirmedMicros: usd(confirm, '--confirm') }
  return flags.cancel ? { kind: 'cancel' } : undefined
}

/** A deep fix costs more than anything before it: without a terminal its limit has to stand in the command. */
const confirmed = async (cli: Cli, clients: Clients, jobId: string): Promise<Intervention> => {
  const lines = await deepFixLines(cli, clients, jobId)
  if (!cli.prompts) {
    const hints = [...lines, `iama intervene ${jobId} --deep-fix --confirm USD`]
    throw new CliError(ExitCode.usage, 'CONFIRMATION_MISSING', 'a deep fix needs a limit that you agree to pay', hints)
  }
  cli.out.note(...lines)
  const amount = await cli.prompts.usd('The most that the deep fix may cost, in US dollars')
  if (!amount) throw usageError('without a limit there is no deep fix; nothing was done')
  return { kind: 'deep-fix', confirmedMicros: usd(amount, 'limit') }
}

/**
 * `iama intervene <job>`: tells a job that waits for a person how to go on, then follows it. Without a choice it shows
 * why the job waits; on a terminal it asks.
 */
export const intervene = async (cli: Cli, jobId: string, flags: InterveneFlags): Promise<ExitCode> => {
  const given = interventionOf(flags)
  if (given !== undefined && given !== 'unconfirmed' && given.kind === 'cancel') return await cancel(cli, jobId)
  const clients = await clientsOf(cli)
  const job = await readJob(cli, clients, jobId)
  const drive = async (): Promise<ExitCode> =>
    tellOutcome(cli, await driveJob(cli, clients, jobId, { after: job.sequence, to: 'note' }))
  if (given === undefined) {
    return cli.prompts && job.state === JobState.WAITING_INTERVENTION ? await drive() : tellOutcome(cli, job)
  }
  const intervention = given === 'unconfirmed' ? await confirmed(cli, clients, jobId) : given
  await sendIntervention(cli, clients, jobId, intervention)
  return await drive()
}
