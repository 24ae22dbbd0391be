import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { toJson } from '@bufbuild/protobuf'
import { ClarifyTurnSchema, SpecSchema, type ClarifyTurn, type Spec } from '@iama/contracts/iama/jobs/v1/job'
import type { Clarification } from '@iama/contracts/iama/jobs/v1/service'

import { pauseBefore, type Clients } from './client.ts'
import type { Cli } from './cli.ts'
import { isConnectionLoss } from './errors.ts'
import type { Prompts } from './prompts.ts'
import { turnLines } from './view/conversation.ts'
import { oneLine } from './view/style.ts'

/** A turn may wait for a model and for the one after it. */
const TURN_MS = 15 * 60_000
/** How long a lost connection is tried again before the client gives up. */
const GIVE_UP_AFTER_MS = 180_000

const heard = async (
  cli: Cli,
  clients: Clients,
  request: { readonly jobId: string; readonly text: string; readonly requestId: string },
): Promise<Clarification> => {
  // a stream that is left before its end would keep the process alive
  const left = new AbortController()
  const options = { signal: AbortSignal.any([cli.signal, left.signal, AbortSignal.timeout(TURN_MS)]) }
  let answer: Clarification | undefined
  try {
    for await (const { part } of clients.jobs.clarifySpec(request, options)) {
      if (part.case === 'done') answer = part.value
      if (part.case !== 'progress') continue
      cli.out.event({ type: 'progress', text: part.value })
      cli.out.status(`… ${oneLine(part.value)}`)
    }
  } finally {
    left.abort()
  }
  if (answer) return answer
  throw new Error('the server ended the conversation without an answer')
}

/** Says something about the spec and waits for the clarifier; the same turn again when the connection is lost. */
export const sayTurn = async (cli: Cli, clients: Clients, jobId: string, text: string): Promise<Clarification> => {
  const request = { jobId, text, requestId: randomUUID() }
  const giveUpAt = performance.now() + (cli.retryWithinMs ?? GIVE_UP_AFTER_MS)
  cli.out.status('… the clarifier is thinking')
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await heard(cli, clients, request)
      } catch (error) {
        if (!isConnectionLoss(error) || cli.signal.aborted || performance.now() > giveUpAt) throw error
        if (attempt === 1) cli.out.note(cli.out.noteStyle.yellow('the connection was lost; asking again'))
        await sleep(pauseBefore(attempt), undefined, { signal: cli.signal })
      }
    }
  } finally {
    cli.out.status('')
  }
}

/** A turn as data, and as JSON with the spec as it stands after it. */
export const showTurn = ({ out }: Cli, turn: ClarifyTurn, spec: Spec | undefined): void => {
  out.event({
    type: 'turn',
    turn: toJson(ClarifyTurnSchema, turn),
    ...(spec && { spec: toJson(SpecSchema, spec) }),
  })
  out.data(`${turnLines(turn, out.style).join('\n')}\n`)
}

/** The answers to a turn's questions as one text; undefined when the person stops. */
export const askQuestions = async (prompts: Prompts, turn: ClarifyTurn): Promise<string | undefined> => {
  const answers: string[] = []
  for (const question of turn.questions) {
    const answer = await prompts.answer(question)
    if (answer === 'stop') return undefined
    if (answer !== 'open') answers.push(`${question.id}. ${oneLine(question.text)}\n${answer.text}`)
  }
  return answers.length === 0 ? undefined : answers.join('\n\n')
}

/** What a person says next: answers to what is asked, or whatever they like; undefined when they stop. */
const next = async (prompts: Prompts, turn: ClarifyTurn | undefined): Promise<string | undefined> =>
  turn && turn.questions.length > 0
    ? await askQuestions(prompts, turn)
    : (await prompts.say('What about the spec? (empty to stop)'))?.trim() || undefined

/**
 * Talks about the spec until nothing is open or the person stops.
 * @param last the clarifier's last turn
 * @returns the last turn after that
 */
export const converse = async (
  cli: Cli,
  clients: Clients,
  jobId: string,
  prompts: Prompts,
  last: ClarifyTurn | undefined,
): Promise<ClarifyTurn | undefined> => {
  let turn = last
  for (let text = await next(prompts, turn); text !== undefined; text = await next(prompts, turn)) {
    const { turn: answer, spec } = await sayTurn(cli, clients, jobId, text)
    if (answer) showTurn(cli, answer, spec)
    turn = answer
    if (!turn || turn.questions.length === 0) break
  }
  return turn
}
