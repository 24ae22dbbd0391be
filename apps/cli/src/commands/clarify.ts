import { JobState } from '@iama/contracts/iama/jobs/v1/job'

import { clientsOf, type Cli } from '../cli.ts'
import { converse, sayTurn, showTurn } from '../conversation.ts'
import { usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { readJob } from '../follow.ts'
import { count } from '../view/format.ts'

const MOST_CHARACTERS = 10_000

const checked = (text: string): string => {
  const said = text.trim()
  if (said === '') throw usageError('there is nothing in what you say')
  if (said.length > MOST_CHARACTERS) {
    throw usageError(
      `a turn has at most ${MOST_CHARACTERS} characters`,
      'Say the rest in the next turn, or edit the spec.',
    )
  }
  return said
}

/**
 * `iama clarify <job> [text]`: a conversation about the spec. With a text it says that and shows the clarifier's turn;
 * without, it shows the conversation so far. On a terminal it goes on until nothing is open.
 */
export const clarify = async (cli: Cli, jobId: string, words: readonly string[]): Promise<ExitCode> => {
  const text = words.length === 0 ? undefined : checked(words.join(' '))
  const clients = await clientsOf(cli)
  const { spec, conversation } = await clients.jobs.getSpec({ jobId }, { signal: cli.signal })
  let last = conversation.findLast(({ role }) => role === 'assistant')
  if (text === undefined) for (const turn of conversation) showTurn(cli, turn, undefined)
  else {
    const { turn, spec: now } = await sayTurn(cli, clients, jobId, text)
    if (turn) showTurn(cli, turn, now)
    last = turn
  }
  if (cli.prompts) {
    const job = await readJob(cli, clients, jobId)
    const isOpen = job.state === JobState.WAITING_SPEC_APPROVAL
    if (isOpen && (text === undefined || (last?.questions.length ?? 0) > 0)) {
      last = await converse(cli, clients, jobId, cli.prompts, last)
    }
  } else if (text === undefined && conversation.length === 0) cli.out.note('nothing was said yet; give a text')
  return await tellSpec(cli, clients, jobId, { before: spec?.version ?? 0, open: last?.questions.length ?? 0 })
}

/** What became of the spec, and whether the clarifier waits for an answer. */
const tellSpec = async (
  cli: Cli,
  clients: Awaited<ReturnType<typeof clientsOf>>,
  jobId: string,
  { before, open }: { before: number; open: number },
): Promise<ExitCode> => {
  const { spec } = await clients.jobs.getSpec({ jobId }, { signal: cli.signal })
  const { out } = cli
  if (spec && spec.version > before) {
    out.note(`the spec is at version ${spec.version} now`, `  iama spec ${jobId}`, `  iama answer ${jobId} --approve`)
  }
  if (open === 0 || spec?.approved) return ExitCode.ok
  out.note(out.noteStyle.yellow(`${count(open, 'question is', 'questions are')} open`), `  iama clarify ${jobId} "..."`)
  return ExitCode.waitsForYou
}
