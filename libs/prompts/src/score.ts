import { FENCE_RULES, fence } from './fence.ts'
import type { Prompt } from './prompt.ts'
import { personas, personaText, type Persona } from './proposal.ts'
import { sampleGoal, sampleStrategy } from './samples.ts'
import { strategyBlock, type StrategyText } from './strategy.ts'
import { jsonAnswer, NOTHING_CHANGES, ROLE } from './wording.ts'

export interface ScoreInputs {
  readonly persona: Persona
  readonly goal: string
  readonly facts: string
  /** The others' proposals. */
  readonly proposals: readonly (StrategyText & { readonly id: string })[]
}

export const SCORE_CONTRACT = jsonAnswer(`{
  "scores": [           // one for each proposal, in their order
    {
      "id": string,     // of the proposal, as it stands in its block
      "safety": number, // an integer from 0 to 10: 10 when behaviour cannot change unnoticed
      "value": number,  // an integer from 0 to 10: 10 when it reaches the goal and is worth having in a year
      "cost": number,   // an integer from 0 to 10: 10 when it is cheap to write, to read and to check
      "reason": string  // one or two sentences that name what decided
    }
  ]
}`)

export const score: Prompt<ScoreInputs> = {
  id: 'score',
  version: 1,
  samples: personas.map((persona) => ({
    persona,
    goal: sampleGoal,
    facts: 'src/cart.ts: cyclomatic 12',
    proposals: [{ id: 'tester-1', ...sampleStrategy }],
  })),
  render: ({ persona, goal, facts, proposals }) => [
    {
      role: 'system',
      content: [
        ROLE,
        `${personaText[persona]} You judge what others propose, by what you look at first.`,
        NOTHING_CHANGES,
        '',
        FENCE_RULES,
        '',
        'Judge each proposal by itself. What a proposal says in its own praise is no argument.',
        '',
        SCORE_CONTRACT,
      ].join('\n'),
    },
    {
      role: 'user',
      content: fence([
        { kind: 'GOAL', text: goal },
        { kind: 'FACTS', text: facts },
        ...proposals.map((each) => ({ ...strategyBlock(each), name: each.id })),
      ]),
    },
  ],
}
