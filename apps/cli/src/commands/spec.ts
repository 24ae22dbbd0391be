import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { toJson } from '@bufbuild/protobuf'
import { SpecSchema } from '@iama/contracts/iama/jobs/v1/job'

import { clientsOf, type Cli } from '../cli.ts'
import { usageError } from '../errors.ts'
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
    shown = (await clients.jobs.updateSpec({ jobId, revisionToken, bdd, sdd, requestId: randomUUID() }, options)).spec
  }
  if (!shown) return ExitCode.ok
  cli.out.event({ type: 'spec', spec: toJson(SpecSchema, shown) })
  cli.out.data(`${specLines(shown, cli.out.style).join('\n')}\n`)
  return ExitCode.ok
}
