import * as clack from '@clack/prompts'
import type { Proposal, Spec } from '@iama/contracts/iama/jobs/v1/job'

import { count, duration } from './view/format.ts'
import { oneLine } from './view/style.ts'

export type SpecDecision = 'approve' | 'cancel' | 'later'

/** Questions to a person at a terminal. An aborted question means: later. */
export interface Prompts {
  selectProposal(proposals: readonly Proposal[]): Promise<string | undefined>
  decideOnSpec(spec: Spec): Promise<SpecDecision>
  intervene(canTakeGreen: boolean): Promise<'retry' | 'take-green' | 'cancel' | 'later'>
  hint(): Promise<string>
  email(): Promise<string | undefined>
  password(): Promise<string | undefined>
}

// prompts are conversation, not data: stdout may be piped to a file
const output = process.stderr

const answered = <T>(answer: T): Exclude<T, symbol> | undefined =>
  clack.isCancel(answer) ? undefined : (answer as Exclude<T, symbol>)

export const terminalPrompts: Prompts = {
  async selectProposal(proposals) {
    const options = [
      ...proposals.map((proposal) => ({
        value: proposal.id,
        label: oneLine(proposal.title),
        hint: `${count(proposal.expectedEdits, 'edit')}, risk ${oneLine(proposal.risk)}, about ${duration(proposal.estimatedSeconds * 1_000)}`,
      })),
      { value: '', label: 'Decide later' },
    ]
    return answered(await clack.select({ message: 'Which strategy?', options, output })) || undefined
  },

  async decideOnSpec(spec) {
    const message = `Approve version ${spec.version} of the spec?`
    const options: { value: SpecDecision; label: string }[] = [
      { value: 'approve', label: 'Approve' },
      { value: 'later', label: 'Decide later, for example after editing it with `iama spec`' },
      { value: 'cancel', label: 'Cancel the job' },
    ]
    return answered(await clack.select({ message, options, output })) ?? 'later'
  },

  async intervene(canTakeGreen) {
    const options = [
      { value: 'retry' as const, label: 'Try again, with a hint' },
      ...(canTakeGreen ? [{ value: 'take-green' as const, label: 'Take the part that is green' }] : []),
      { value: 'later' as const, label: 'Decide later' },
      { value: 'cancel' as const, label: 'Cancel the job' },
    ]
    return answered(await clack.select({ message: 'How shall it go on?', options, output })) ?? 'later'
  },

  async hint() {
    return answered(await clack.text({ message: 'A hint for the next attempt (may be empty)', output })) ?? ''
  },

  async email() {
    return answered(await clack.text({ message: 'E-mail address', output }))
  },

  async password() {
    return answered(await clack.password({ message: 'Password', output }))
  },
}
