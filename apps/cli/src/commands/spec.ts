import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { toJson } from '@bufbuild/protobuf'
import { ConnectError } from '@connectrpc/connect'
import { SpecSchema } from '@iama/contracts/iama/jobs/v1/job'

import { clientsOf, type Cli } from '../cli.ts'
import { CliError, reasonOf, usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { specLines } from '../view/job-reporter.ts'

export interface SpecFlags {
  /** A file with the new Gherkin. */
  readonly bdd?: string
  /** A file with the new design. */
  readonly sdd?: string
  /** The token of the version that was edited; the latest when it is not given. */
  readonly revision?: string
}

const textOf = async (file: string | undefined): Promise<string> => (file === undefined ? '' : readFile(file, 'utf8'))

/** Whose edit is outdated must see the other one first, or it would be lost. */
const explain = (error: unknown, jobId: string): never => {
  if (!(error instanceof ConnectError) || reasonOf(error) !== 'REVISION_CONFLICT') throw error
  const message = `${error.rawMessage.split(';')[0]}: somebody has edited it since; nothing was changed`
  throw new CliError(ExitCode.server, 'REVISION_CONFLICT', message, [
    `iama spec ${jobId}    shows their version and its revision token`,
    'Bring your edit into it, then send it with --revision and that token.',
  ])
}

/** `iama spec <job>`: shows the spec, or replaces it; an edit of an outdated version is refused. */
export const spec = async (cli: Cli, jobId: string, flags: SpecFlags): Promise<ExitCode> => {
  const isEdit = flags.bdd !== undefined || flags.sdd !== undefined
  if (flags.revision !== undefined && !isEdit) throw usageError('--revision goes with --bdd or --sdd')
  const clients = await clientsOf(cli)
  const options = { signal: cli.signal }
  let shown = (await clients.jobs.getSpec({ jobId }, options)).spec
  if (isEdit) {
    const revisionToken = flags.revision ?? shown?.revisionToken ?? ''
    const [bdd, sdd] = await Promise.all([textOf(flags.bdd), textOf(flags.sdd)])
    const edit = { jobId, revisionToken, bdd, sdd, requestId: randomUUID() }
    shown = (await clients.jobs.updateSpec(edit, options).catch((error: unknown) => explain(error, jobId))).spec
  }
  if (!shown) return ExitCode.ok
  cli.out.event({ type: 'spec', spec: toJson(SpecSchema, shown) })
  cli.out.data(`${specLines(shown, cli.out.style).join('\n')}\n`)
  return ExitCode.ok
}
