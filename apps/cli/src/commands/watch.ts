import { clientsOf, type Cli } from '../cli.ts'
import { driveJob } from '../drive.ts'
import type { ExitCode } from '../exit-code.ts'
import { tellOutcome } from '../outcome.ts'

/** `iama watch <job>`: the job's log from a sequence, then whatever happens until it rests. */
export const watch = async (cli: Cli, jobId: string, since: bigint): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  return tellOutcome(cli, await driveJob(cli, clients, jobId, { after: since, to: 'data' }))
}
