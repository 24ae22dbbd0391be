import { FENCE_RULES, fence, fileBlocks, type FilePart } from './fence.ts'
import type { Prompt } from './prompt.ts'
import { sampleFiles, sampleGoal, sampleSpec, sampleStrategy } from './samples.ts'
import { specBlocks, strategyBlock, type SpecText, type StrategyText } from './strategy.ts'
import { jsonAnswer, NOTHING_CHANGES, ROLE } from './wording.ts'

export interface ReanalysisInputs {
  readonly goal: string
  readonly spec: SpecText
  readonly proposal: StrategyText
  /** What the analysis measured, as text. */
  readonly facts: string
  readonly files: readonly FilePart[]
}

/** What the answer must look like. */
export const REANALYSIS_CONTRACT = jsonAnswer(`{
  "findings": string[], // at most 12: what in this code makes the change hard, each with the place where it stands
  "steps": string[]     // at most 12: how to make the change all the same, in order, each small enough to be checked by itself
}`)

export const reanalysis: Prompt<ReanalysisInputs> = {
  id: 'reanalysis',
  version: 1,
  samples: [
    {
      goal: sampleGoal,
      spec: sampleSpec,
      proposal: sampleStrategy,
      facts: 'src/cart.ts: cyclomatic 12',
      files: sampleFiles,
    },
  ],
  render: ({ goal, spec, proposal, facts, files }) => [
    {
      role: 'system',
      content: [
        ROLE,
        'Others have tried the approved proposal and failed; what they wrote is not shown, so that it leads nobody astray. You',
        'read the code afresh and say what it takes; the edits are written afterwards from what you say.',
        NOTHING_CHANGES,
        '',
        FENCE_RULES,
        '',
        'Look for what a writer in a hurry overlooks: values that differ in kind (undefined, null, -0, NaN, holes), the order of',
        'side effects and of getters, which errors are thrown and when, arguments that are changed in place, callers that rely',
        'on a detail, names that are taken. Name functions and lines. Stay within the files of the proposal.',
        '',
        REANALYSIS_CONTRACT,
      ].join('\n'),
    },
    {
      role: 'user',
      content: fence([
        { kind: 'GOAL', text: goal },
        ...specBlocks(spec),
        strategyBlock(proposal),
        { kind: 'FACTS', text: facts },
        ...fileBlocks(files),
      ]),
    },
  ],
}
