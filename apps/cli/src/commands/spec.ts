import { readFile } from 'node:fs/promises'

import { toJson } from '@bufbuild/protobuf'
import { SpecSchema } from '@iama/contracts/iama/jobs/v1/job'

import { clientsOf, type Cli } from '../cli.ts'
import type { Clients } from '../client.ts'
import { editSpec, updateSpec } from '../edit-spec.ts'
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
  /** Opens both halves in the user's editor. */
  readonly edit?: boolean
}

const textOf = async (file: string | undefined): Promise<string> => (file === undefined ? '' : readFile(file, 'utf8'))

const isReplacement = ({ bdd, sdd }: SpecFlags): boolean => bdd !== undefined || sdd !== undefined

const change = async (cli: Cli, clients: Clients, jobId: string, flags: SpecFlags): Promise<void> => {
  if (flags.edit) {
    if (!(await editSpec(cli, clients, jobId))) cli.out.note('nothing was changed')
    return
  }
  const { spec: before } = await clients.jobs.getSpec({ jobId }, { signal: cli.signal })
  const revisionToken = flags.revision ?? before?.revisionToken ?? ''
  const [bdd, sdd] = await Promise.all([textOf(flags.bdd), textOf(flags.sdd)])
  await updateSpec(cli, clients, jobId, { revisionToken, bdd, sdd })
}

/** `iama spec <job>`: shows the spec, or changes it; an edit of an outdated version is refused. */
export const spec = async (cli: Cli, jobId: string, flags: SpecFlags): Promise<ExitCode> => {
  if (flags.revision !== undefined && !isReplacement(flags)) throw usageError('--revision goes with --bdd or --sdd')
  if (flags.edit && isReplacement(flags)) throw usageError('--edit opens both halves; leave --bdd and --sdd out')
  const clients = await clientsOf(cli)
  if (flags.edit || isReplacement(flags)) await change(cli, clients, jobId, flags)
  const { spec: shown } = await clients.jobs.getSpec({ jobId }, { signal: cli.signal })
  if (!shown) return ExitCode.ok
  cli.out.event({ type: 'spec', spec: toJson(SpecSchema, shown) })
  cli.out.data(`${specLines(shown, cli.out.style).join('\n')}\n`)
  return ExitCode.ok
}
