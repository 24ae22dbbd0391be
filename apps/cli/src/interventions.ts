import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import type { Job } from '@iama/contracts/iama/jobs/v1/job'
import { InterventionAction } from '@iama/contracts/iama/jobs/v1/service'
import { formatPatch, parsePatch } from '@iama/patch'

import type { Cli } from './cli.ts'
import type { Clients } from './client.ts'
import { usageError } from './errors.ts'
import { outcomeOf } from './outcome.ts'
import type { InterventionChoice, Prompts } from './prompts.ts'
import { failureLines } from './view/attempt.ts'
import { classesOf, isOffline, modelName, waitsForKey } from './view/models.ts'
import { money, parseUsd } from './view/money.ts'
import { oneLine } from './view/style.ts'

/** How a job that waits for a person goes on. */
export type Intervention =
  | { readonly kind: 'retry'; readonly hint: string; readonly budgetMicros: bigint }
  | { readonly kind: 'take-green' }
  | { readonly kind: 'own-edits'; readonly file: string }
  | { readonly kind: 'deep-fix'; readonly confirmedMicros: bigint }
  | { readonly kind: 'cancel' }

/** @throws CliError (usage) naming the flag */
export const usd = (text: string, flag: string): bigint => {
  const micros = parseUsd(text)
  if (micros !== undefined) return micros
  throw usageError(
    `${flag}: ${JSON.stringify(text)} is no amount above nothing`,
    `Write US dollars, for example ${flag} 0.50.`,
  )
}

/** Tells the server what was chosen; it decides whether that is possible now. */
export const sendIntervention = async (
  cli: Cli,
  clients: Clients,
  jobId: string,
  intervention: Intervention,
): Promise<void> => {
  const requestId = randomUUID()
  const options = { signal: cli.signal }
  const { jobs } = clients
  switch (intervention.kind) {
    case 'retry': {
      const { hint, budgetMicros } = intervention
      await jobs.intervene({ jobId, action: InterventionAction.RETRY, hint, budgetMicros, requestId }, options)
      return
    }
    case 'take-green':
      await jobs.intervene({ jobId, action: InterventionAction.TAKE_GREEN, requestId }, options)
      return
    case 'own-edits': {
      const patchJson = formatPatch(parsePatch(await readFile(intervention.file, 'utf8')))
      await jobs.intervene({ jobId, action: InterventionAction.OWN_EDITS, patchJson, requestId }, options)
      return
    }
    case 'deep-fix': {
      const { confirmedMicros } = intervention
      await jobs.intervene({ jobId, action: InterventionAction.DEEP_FIX, confirmedMicros, requestId }, options)
      return
    }
    case 'cancel':
      await jobs.cancelJob({ jobId, requestId }, options)
  }
}

/** What a person must know before they confirm a deep fix: its models, their prices, what the job has cost so far. */
export const deepFixLines = async (cli: Cli, clients: Clients, jobId: string): Promise<string[]> => {
  const options = { signal: cli.signal }
  const [{ models }, cost] = await Promise.all([
    clients.models.listModels({}, options),
    clients.models.getJobCost({ jobId }, options),
  ])
  const dearest = models.filter((model) => !isOffline(model) && !waitsForKey(model) && classesOf(model).includes('L3'))
  const soFar = `the job has cost ${money(cost.costMicros, cost.currency)} so far`
  if (dearest.length === 0) return ['no model here serves L3, which a deep fix needs; see `iama models`', soFar]
  return [
    'a deep fix forgets what was tried; the dearest model reads the code afresh and writes one patch, in two calls or more:',
    ...dearest.map(
      (model) =>
        `  ${modelName(model)}: at most ${money(model.highestCallMicros, model.currency)} a call with its whole window`,
    ),
    `${soFar}; it stops at the limit that you confirm`,
  ]
}

/** What can be chosen, by why the job waits; the server has the last word. */
export const choicesFor = (job: Job): InterventionChoice[] => {
  // nothing mends code whose tests were red before, but mending the tests
  const isRedBefore = job.waitingReason === 'BASELINE_RED'
  return [
    ...(job.waitingReason === 'BUDGET_REACHED' ? (['budget'] as const) : []),
    'retry',
    ...(job.hasGreenPart ? (['take-green'] as const) : []),
    ...(isRedBefore ? [] : (['own-edits'] as const)),
    ...(!isRedBefore && job.routes.includes('L3') ? (['deep-fix'] as const) : []),
    'cancel',
  ]
}

const chosen = async (cli: Cli, clients: Clients, job: Job, prompts: Prompts): Promise<Intervention | undefined> => {
  const choice = await prompts.intervene(choicesFor(job))
  switch (choice) {
    case 'retry':
      return { kind: 'retry', hint: await prompts.hint(), budgetMicros: 0n }
    case 'budget': {
      const amount = await prompts.usd('The new budget of the whole job, in US dollars')
      return amount ? { kind: 'retry', hint: '', budgetMicros: usd(amount, 'budget') } : undefined
    }
    case 'take-green':
      return { kind: 'take-green' }
    case 'own-edits': {
      const file = await prompts.file('A JSON file with your own patch')
      return file ? { kind: 'own-edits', file } : undefined
    }
    case 'deep-fix': {
      cli.out.note(...(await deepFixLines(cli, clients, job.id)))
      const amount = await prompts.usd('The most that the deep fix may cost, in US dollars')
      return amount ? { kind: 'deep-fix', confirmedMicros: usd(amount, 'limit') } : undefined
    }
    case 'cancel':
      return { kind: 'cancel' }
    default:
      return undefined
  }
}

/** Shows a person why the job waits and asks how it shall go on; undefined when they decide later. */
export const askIntervention = async (
  cli: Cli,
  clients: Clients,
  job: Job,
  prompts: Prompts,
): Promise<Intervention | undefined> => {
  const { out } = cli
  out.note(outcomeOf(job).message, ...failureLines(job.failures, out.noteStyle))
  if (job.hasGreenPart) out.note('a part of the last patch is green and can be taken')
  if (job.failureMessage) out.note(oneLine(job.failureMessage))
  return await chosen(cli, clients, job, prompts)
}
