import { FENCE_RULES, fence, fileBlocks, type Block, type FilePart } from './fence.ts'
import type { Prompt } from './prompt.ts'
import { sampleFiles, sampleGoal, sampleSpec, sampleStrategy } from './samples.ts'
import { SPEC_RULES } from './spec.ts'
import { specBlocks, strategyBlock, type SpecText, type StrategyText } from './strategy.ts'
import { jsonAnswer, NOTHING_CHANGES, ROLE } from './wording.ts'

export interface ClarifyQuestion {
  readonly id: string
  readonly text: string
  readonly choices: readonly string[]
}

/** A turn of the conversation: what was asked, or what the person said. */
export type ClarifyTurn =
  | { readonly from: 'clarifier'; readonly questions: readonly ClarifyQuestion[] }
  | { readonly from: 'person'; readonly text: string }

export interface ClarifyInputs {
  readonly goal: string
  readonly proposal: StrategyText
  readonly spec: SpecText
  readonly conversation: readonly ClarifyTurn[]
  readonly files: readonly FilePart[]
}

export const CLARIFY_CONTRACT = jsonAnswer(`{
  "questions": [         // at most 3; [] when nothing that matters is open
    {
      "id": string,      // "q1", "q2", …; an id of an earlier question is not used again
      "text": string,    // one question
      "choices": string[] // 2 to 5 answers to choose from; [] when only free text makes sense
    }
  ],
  "bdd": string,         // the whole updated feature, also when it did not change
  "sdd": string          // the whole updated design, also when it did not change
}`)

const turnBlock = (turn: ClarifyTurn): Block =>
  turn.from === 'person'
    ? { kind: 'ANSWER', text: turn.text }
    : {
        kind: 'QUESTIONS',
        text: `${JSON.stringify(turn.questions.map(({ id, text, choices }) => ({ id, text, choices })))}\n`,
      }

export const clarify: Prompt<ClarifyInputs> = {
  id: 'clarify',
  version: 1,
  samples: [
    {
      goal: sampleGoal,
      proposal: sampleStrategy,
      spec: sampleSpec,
      conversation: [
        { from: 'clarifier', questions: [{ id: 'q1', text: 'Keep the old name?', choices: ['yes', 'no'] }] },
        { from: 'person', text: 'yes' },
      ],
      files: sampleFiles,
    },
  ],
  render: ({ goal, proposal, spec, conversation, files }) => [
    {
      role: 'system',
      content: [
        ROLE,
        'You clear up, with the person who asked, what a specification leaves open. Ask only what would change the code, what',
        'the blocks do not answer already, and nothing that was answered before. Work every answer into the specification.',
        NOTHING_CHANGES,
        '',
        FENCE_RULES,
        '',
        SPEC_RULES,
        '',
        CLARIFY_CONTRACT,
      ].join('\n'),
    },
    {
      role: 'user',
      content: fence([
        { kind: 'GOAL', text: goal },
        strategyBlock(proposal),
        ...specBlocks(spec),
        ...conversation.map(turnBlock),
        ...fileBlocks(files),
      ]),
    },
  ],
}
