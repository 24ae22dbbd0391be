import { randomBytes, randomUUID } from 'node:crypto'

import { Code, ConnectError } from '@connectrpc/connect'
import type { Spec } from '@iama/contracts/iama/jobs/v1/job'

import type { Cli } from './cli.ts'
import type { Clients } from './client.ts'
import { editText, keptIn, type Edited } from './editor.ts'
import { CliError, reasonOf, toCliError, usageError } from './errors.ts'
import { ExitCode } from './exit-code.ts'
import { changedHalves, formatHalves, parseHalves } from './spec-text.ts'

/** An edit of a spec as the server takes it; an empty half stays as it is. */
export interface SpecEdit {
  readonly revisionToken: string
  readonly bdd: string
  readonly sdd: string
}

/** Whose edit is outdated must see the other one first, or it would be lost. */
const explain = (error: unknown, jobId: string): never => {
  if (!(error instanceof ConnectError) || reasonOf(error) !== 'REVISION_CONFLICT') throw error
  const message = `${error.rawMessage.split(';')[0]}: somebody has edited it since; nothing was changed`
  throw new CliError(ExitCode.server, 'REVISION_CONFLICT', message, [
    `iama spec ${jobId}    shows their version and its revision token`,
    'Bring your edit into it, then send it with --revision and that token.',
  ])
}

/** @throws CliError REVISION_CONFLICT when the edit is of an outdated version */
export const updateSpec = async (
  cli: Cli,
  clients: Clients,
  jobId: string,
  edit: SpecEdit,
): Promise<Spec | undefined> => {
  const request = { jobId, ...edit, requestId: randomUUID() }
  const answer = clients.jobs.updateSpec(request, { signal: cli.signal })
  return (await answer.catch((error: unknown) => explain(error, jobId))).spec
}

const isMendable = (error: unknown): boolean =>
  (error instanceof ConnectError && error.code === Code.InvalidArgument) || error instanceof SpecNotReadable

/** The text is not the two halves that it was. */
class SpecNotReadable extends CliError {}

const halvesOf = (text: string, spec: Spec, mark: string): Omit<SpecEdit, 'revisionToken'> => {
  const halves = parseHalves(text, mark)
  const unreadable = (message: string): SpecNotReadable => new SpecNotReadable(ExitCode.usage, 'USAGE', message)
  if (!halves) throw unreadable('the lines that begin the halves of the spec are gone, so nothing was sent')
  if (halves.bdd.trim() === '' || halves.sdd.trim() === '') {
    throw unreadable('neither half of a spec can be empty, so nothing was sent')
  }
  return changedHalves(spec, halves)
}

const sent = async (
  cli: Cli,
  clients: Clients,
  jobId: string,
  spec: Spec,
  { edited, mark }: { edited: Edited; mark: string },
): Promise<Spec | undefined> => {
  const { revisionToken } = spec
  for (;;) {
    try {
      const { bdd, sdd } = halvesOf(await edited.text(), spec, mark)
      if (bdd === '' && sdd === '') return undefined
      return await updateSpec(cli, clients, jobId, { revisionToken, bdd, sdd })
    } catch (error) {
      if (!cli.prompts || !isMendable(error)) throw error
      const { message, hints } = toCliError(error)
      cli.out.note(cli.out.noteStyle.red(message), ...hints.map((hint) => `  ${hint}`))
      if (!(await cli.prompts.confirm('Open the editor again?'))) throw error
      await edited.again()
    }
  }
}

/**
 * Lets the user edit both halves of a spec in their editor and sends what they changed.
 * @returns the new version; undefined when nothing was changed
 * @throws CliError that says where the text is, when it could not be taken
 */
export const editSpec = async (cli: Cli, clients: Clients, jobId: string): Promise<Spec | undefined> => {
  const { spec } = await clients.jobs.getSpec({ jobId }, { signal: cli.signal })
  if (!spec) throw usageError('there is no spec yet', `iama watch ${jobId}`)
  const mark = randomBytes(4).toString('hex')
  const edited = await editText(cli.settings, `spec-${jobId.slice(0, 8)}.md`, formatHalves(jobId, spec, mark))
  try {
    const next = await sent(cli, clients, jobId, spec, { edited, mark })
    await edited.drop()
    return next
  } catch (error) {
    throw keptIn(edited.file, error)
  }
}
