import { clientsOf, type Cli } from '../cli.ts'
import { ExitCode } from '../exit-code.ts'

/** `iama verdict <job>`: the signed verdict exactly as the sandbox wrote it. */
export const verdict = async (cli: Cli, jobId: string): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  const { verdictJson } = await clients.jobs.getVerdict({ jobId }, { signal: cli.signal })
  cli.out.event({ type: 'verdict', jobId, verdict: verdictJson })
  cli.out.data(`${verdictJson}\n`)
  return ExitCode.ok
}
