import { FENCE_RULES, fence, fileBlocks, type FilePart } from './fence.ts'
import type { Prompt } from './prompt.ts'
import { sampleFiles, sampleGoal } from './samples.ts'
import { jsonAnswer, listed, NOTHING_CHANGES, ROLE } from './wording.ts'

export const personas = ['architect', 'maintainer', 'tester'] as const
export type Persona = (typeof personas)[number]

/** What each persona looks at first. */
export const personaText: Readonly<Record<Persona, string>> = {
  architect:
    'You are the architect: you look at how the code is divided, at what depends on what, at duplication and at names that hide what a thing is.',
  maintainer:
    'You are the maintainer: you look at what is hard to read and to change every day, at long and nested functions, dead code and surprises, and you prefer small steps.',
  tester:
    'You are the tester: you look at what can be shown to stay the same, at side effects and hidden state, and you prefer changes that the tests at hand would catch when they go wrong.',
}

export interface ProposalInputs {
  readonly persona: Persona
  readonly goal: string
  /** Globs that the job may change; empty for all. */
  readonly scope: readonly string[]
  /** What the analysis measured, as text. */
  readonly facts: string
  readonly files: readonly FilePart[]
}

/** What the answer must look like. */
export const PROPOSAL_CONTRACT = jsonAnswer(`{
  "proposals": [                // at most 3, the best first; [] when nothing is worth doing
    {
      "title": string,          // a few words
      "summary": string,        // what changes and what is better then, in two or three sentences
      "files": string[],        // paths of files that would change, exactly as in the blocks
      "symbols": string[],      // names of functions, classes and the like that would change, as they stand in the code
      "steps": string[],        // in order, each small enough to be checked by itself
      "risk": "low" | "medium" | "high",
      "riskReasons": string[],  // what could go wrong, and what would notice it
      "expectedEdits": number,  // how many separate edits, an integer
      "estimatedSeconds": number // how long writing them takes, an integer
    }
  ]
}`)

const system = (persona: Persona): string =>
  [
    ROLE,
    `${personaText[persona]} You propose strategies; others write the code later.`,
    NOTHING_CHANGES,
    '',
    FENCE_RULES,
    '',
    'Propose different strategies, not one in several sizes. A proposal that names a file or a symbol that does not exist is',
    'thrown away, and so is one that touches files outside the scope.',
    '',
    PROPOSAL_CONTRACT,
  ].join('\n')

export const proposal: Prompt<ProposalInputs> = {
  id: 'proposal',
  version: 1,
  samples: personas.map((persona, n) => ({
    persona,
    goal: sampleGoal,
    scope: n === 0 ? [] : ['src/**'],
    facts: 'src/cart.ts: cyclomatic 12',
    files: sampleFiles,
  })),
  render: ({ persona, goal, scope, facts, files }) => [
    { role: 'system', content: system(persona) },
    {
      role: 'user',
      content: fence([
        { kind: 'GOAL', text: goal },
        { kind: 'SCOPE', text: listed(scope, 'every file of the project') },
        { kind: 'FACTS', text: facts },
        ...fileBlocks(files),
      ]),
    },
  ],
}
