import * as clack from '@clack/prompts'
import type { ClarifyQuestion, Job, Proposal, Spec } from '@iama/contracts/iama/jobs/v1/job'

import { count, duration } from './view/format.ts'
import { costRange, money, parseUsd } from './view/money.ts'
import { oneLine } from './view/style.ts'

export type SpecDecision = 'approve' | 'edit' | 'clarify' | 'cancel' | 'later'

/** Ways on for a job that waits for a person. */
export type InterventionChoice = 'retry' | 'budget' | 'take-green' | 'own-edits' | 'deep-fix' | 'cancel'

/** An answer to a question, that it stays open, or that the person has had enough. */
export type QuestionAnswer = { readonly text: string } | 'open' | 'stop'

/** Questions to a person at a terminal. An aborted question means: later. */
export interface Prompts {
  selectProposal(proposals: readonly Proposal[]): Promise<string | undefined>
  decideOnSpec(spec: Spec, job: Job): Promise<SpecDecision>
  intervene(choices: readonly InterventionChoice[]): Promise<InterventionChoice | 'later'>
  hint(): Promise<string>
  /** An amount above nothing, as it was written. */
  usd(message: string): Promise<string | undefined>
  file(message: string): Promise<string | undefined>
  /** What a person says about a spec; undefined or empty to stop. */
  say(message: string): Promise<string | undefined>
  answer(question: ClarifyQuestion): Promise<QuestionAnswer>
  confirm(message: string): Promise<boolean>
  email(): Promise<string | undefined>
  /** What a person types is not shown. */
  secret(what: string): Promise<string | undefined>
}

// prompts are conversation, not data: stdout may be piped to a file
const output = process.stderr

const answered = <T>(answer: T): Exclude<T, symbol> | undefined =>
  clack.isCancel(answer) ? undefined : (answer as Exclude<T, symbol>)

const waysOn: Readonly<Record<InterventionChoice, string>> = {
  budget: 'Go on with a higher budget',
  retry: 'Try again, with a hint',
  'take-green': 'Take the part that is green',
  'own-edits': 'Verify my own edits instead',
  'deep-fix': 'Let the dearest model start afresh, up to a limit',
  cancel: 'Cancel the job',
}

const text = async (message: string): Promise<string | undefined> => answered(await clack.text({ message, output }))

/** What going on costs, as far as it is known before. */
export const costOfRest = (job: Job): string => {
  const proposal = job.proposals.find(({ id }) => id === job.selectedProposalId)
  if (!proposal) return ''
  const budget = job.options?.budgetMicros ?? 0n
  const cap = budget > 0n && proposal.mostCostMicros > 0n ? `; your budget ends it at ${money(budget, 'USD')}` : ''
  return `${costRange(proposal)}, about ${duration(proposal.estimatedSeconds * 1_000)}${cap}`
}

export const terminalPrompts: Prompts = {
  async selectProposal(proposals) {
    const options = [
      ...proposals.map((proposal) => ({
        value: proposal.id,
        label: oneLine(proposal.title),
        hint: [
          count(proposal.expectedEdits, 'edit'),
          `risk ${oneLine(proposal.risk)}`,
          `about ${duration(proposal.estimatedSeconds * 1_000)}`,
          costRange(proposal),
        ].join(', '),
      })),
      { value: '', label: 'Decide later' },
    ]
    return answered(await clack.select({ message: 'Which strategy?', options, output })) || undefined
  },

  async decideOnSpec(spec, job) {
    const rest = costOfRest(job)
    const message = `Approve version ${spec.version} of the spec?${rest === '' ? '' : ` (to the patch: ${rest})`}`
    const options: { value: SpecDecision; label: string }[] = [
      { value: 'approve', label: 'Approve' },
      { value: 'edit', label: 'Edit it' },
      // the offline engine cannot talk
      ...(job.proposals.some(({ engine }) => engine === 'model')
        ? [{ value: 'clarify' as const, label: 'Talk about it' }]
        : []),
      { value: 'later', label: 'Decide later' },
      { value: 'cancel', label: 'Cancel the job' },
    ]
    return answered(await clack.select({ message, options, output })) ?? 'later'
  },

  async intervene(choices) {
    const options = [
      ...choices.map((value) => ({ value, label: waysOn[value] })),
      { value: 'later' as const, label: 'Decide later' },
    ]
    return answered(await clack.select({ message: 'How shall it go on?', options, output })) ?? 'later'
  },

  async hint() {
    return (await text('A hint for the next attempt (may be empty)')) ?? ''
  },

  async usd(message) {
    const validate = (value: string | undefined): string | undefined =>
      !value || parseUsd(value) !== undefined ? undefined : 'an amount above nothing, for example 0.50'
    return answered(await clack.text({ message, output, validate })) || undefined
  },

  file: text,
  say: text,

  async answer(question) {
    const other = { value: 'other', label: 'Something else' }
    const options = [
      ...question.choices.map((choice, n) => ({ value: `choice ${n}`, label: oneLine(choice) })),
      other,
      { value: 'open', label: 'Leave it open' },
      { value: 'stop', label: 'Stop here' },
    ]
    const message = oneLine(question.text)
    const picked = answered(await clack.select({ message, options, output })) ?? 'stop'
    if (picked === 'open' || picked === 'stop') return picked
    if (picked !== other.value) return { text: question.choices[Number(picked.slice('choice '.length))]! }
    const said = await text(message)
    return said ? { text: said } : 'open'
  },

  async confirm(message) {
    return answered(await clack.confirm({ message, output })) ?? false
  },

  async email() {
    return await text('E-mail address')
  },

  async secret(what) {
    return answered(await clack.password({ message: `${what[0]!.toUpperCase()}${what.slice(1)}`, output }))
  },
}
