import { fence, fileBlocks, type Block } from './fence.ts'
import type { Prompt } from './prompt.ts'
import { sampleRefactor, wantedBlocks, writerSystem, type RefactorInputs } from './refactor.ts'
import { listed } from './wording.ts'

export interface RepairInputs extends RefactorInputs {
  /** The lines of the failed patch, or those of them that the failures touch. */
  readonly failedPatch: string
  /** Each failing test with what it said. */
  readonly failures: readonly { readonly test: string; readonly message: string }[]
  /** What else was wrong, a sentence each: gates that failed, why an answer was no patch. */
  readonly problems: readonly string[]
  /**
   * The part of the patch that passed and stays, as a diff; empty when there is none. `applied` tells whether the files
   * shown have it already: if not, the repair must keep off the lines that it touches.
   */
  readonly taken: { readonly diff: string; readonly applied: boolean }
}

const task = (inputs: RepairInputs): string => {
  const { diff, applied } = inputs.taken
  const rest = applied
    ? 'The block TAKEN is the part of it that passed and stays: the files below have it already. Do not write it again.'
    : 'The block TAKEN is the part of it that passed and stays: it is added to your edits later, and the files below do not have it. Do not write it again, and do not touch the lines that it touches.'
  return [
    'An earlier patch for the approved specification failed, and you write edits that do better. The block FAILED_PATCH is',
    'what failed; it is not in the files below, which are what your edits apply to.',
    ...(diff === '' ? [] : [rest]),
    'Find out from FAILURES and PROBLEMS why it failed, and ask yourself what the failing test relied on. Do not send the same',
    'edits again. An edit that cannot be made right is better left away: what keeps behaviour and does less is a good answer.',
  ].join('\n')
}

const failuresText = (failures: RepairInputs['failures']): string =>
  failures.map(({ test, message }) => `${JSON.stringify({ test, message })}\n`).join('')

const evidence = ({ failedPatch, failures, problems, taken }: RepairInputs): Block[] => [
  { kind: 'FAILED_PATCH', text: failedPatch },
  { kind: 'FAILURES', about: 'one JSON object a line', text: failuresText(failures) },
  { kind: 'PROBLEMS', text: listed(problems, 'none besides the failures') },
  ...(taken.diff === '' ? [] : [{ kind: 'TAKEN', text: taken.diff }]),
]

const sample: RepairInputs = {
  ...sampleRefactor,
  hint: 'The total must stay an integer.',
  failedPatch: '-export const total = () => 1\n+export const total = () => 2\n',
  failures: [{ test: 'cart total', message: 'expected 1, got 2' }],
  problems: ['the surface gate failed: total has another arity'],
  taken: { diff: '+const one = 1\n', applied: true },
}

export const repair: Prompt<RepairInputs> = {
  id: 'repair',
  version: 1,
  samples: [
    sample,
    {
      ...sample,
      hint: '',
      problems: [],
      wholeFiles: false,
      outputTokens: 5_000,
      taken: { ...sample.taken, applied: false },
    },
    { ...sample, failures: [], taken: { diff: '', applied: false } },
  ],
  render: (inputs) => [
    { role: 'system', content: writerSystem(task(inputs), inputs) },
    { role: 'user', content: fence([...wantedBlocks(inputs), ...evidence(inputs), ...fileBlocks(inputs.files)]) },
  ],
}
