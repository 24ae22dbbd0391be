import { isUuid } from '@iama/kernel'

import { clientsOf, type Cli } from '../cli.ts'
import { usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { count } from '../view/format.ts'

/** Whose jobs are meant: one flag, and only one. */
export interface KillFlags {
  readonly job?: string
  readonly tenant?: string
  readonly all: boolean
  readonly yes: boolean
}

type Which = { case: 'jobId' | 'tenantId'; value: string } | { case: 'all'; value: true }

/**
 * `iama kill`: the kill switch of those who run IAMA. Ends open jobs as KILLED, whoever's they are; what models write
 * for them stops.
 */
export const kill = async (cli: Cli, flags: KillFlags): Promise<ExitCode> => {
  const which = whichOf(flags)
  if (!(await isMeant(cli, which, flags))) return ExitCode.usage
  const { monitoring } = await clientsOf(cli)
  const killed: string[] = []
  for (;;) {
    const answer = await monitoring.killJobs({ which }, { signal: cli.signal })
    killed.push(...answer.killed)
    if (answer.more && answer.killed.length > 0) {
      cli.out.status(`… ${count(killed.length, 'job')}`)
      continue
    }
    cli.out.status('')
    return tell(cli, killed, answer.spared)
  }
}

const tell = (cli: Cli, killed: readonly string[], spared: readonly string[]): ExitCode => {
  cli.out.event({ type: 'kill', killed, spared })
  for (const id of killed) cli.out.data(`${id}\n`)
  cli.out.note(killed.length === 0 ? 'no open job was there to be killed' : `${count(killed.length, 'job')} killed`)
  if (spared.length === 0) return ExitCode.ok
  const words = `these go on, for they are being accepted or could not be ended: ${spared.join(', ')}`
  cli.out.note(cli.out.noteStyle.yellow(words))
  return ExitCode.jobFailed
}

const whichOf = ({ job, tenant, all }: KillFlags): Which => {
  if ([job !== undefined, tenant !== undefined, all].filter(Boolean).length !== 1) {
    throw usageError('whose jobs are meant has to be said', 'Give one of --job ID, --tenant ID or --all.')
  }
  if (all) return { case: 'all', value: true }
  if (job !== undefined) return { case: 'jobId', value: job }
  if (!isUuid(tenant!)) throw usageError('a tenant is named by its id, a UUID', 'Look it up in the audit trail.')
  return { case: 'tenantId', value: tenant!.toLowerCase() }
}

/** More than one job is not ended by a slip of the hand. */
const isMeant = async ({ prompts, out }: Cli, which: Which, { yes }: KillFlags): Promise<boolean> => {
  if (yes || which.case === 'jobId') return true
  const what = which.case === 'all' ? 'ALL open jobs of ALL tenants' : `all open jobs of tenant ${which.value}`
  if (!prompts) throw usageError(`this would kill ${what}`, 'Where nobody can be asked, --yes says that it is meant.')
  if (await prompts.confirm(`Kill ${what}?`)) return true
  out.note('nothing was killed')
  return false
}
