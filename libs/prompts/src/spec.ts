import { FENCE_RULES, fence, fileBlocks, type FilePart } from './fence.ts'
import type { Prompt } from './prompt.ts'
import { sampleFiles, sampleGoal, sampleStrategy } from './samples.ts'
import { strategyBlock, type StrategyText } from './strategy.ts'
import { jsonAnswer, NOTHING_CHANGES, ROLE } from './wording.ts'

export interface SpecInputs {
  readonly goal: string
  readonly proposal: StrategyText
  readonly files: readonly FilePart[]
}

/** What a feature file looks like, for models that know other dialects. */
export const GHERKIN_EXAMPLE = `Feature: Totals of a cart
  Whoever uses the cart cannot tell that it was refactored.

  Scenario: The total is unchanged
    Given a cart with two items at 3 and 4
    When its total is asked for
    Then it is 7
    And nothing is written to the log
`

/** How a spec is written; the clarifier's drafts follow the same rules. */
export const SPEC_RULES = [
  'bdd is one Gherkin feature in English keywords that @cucumber/gherkin parses: "Feature:", then scenarios with Given, When',
  'and Then steps, one step a line, no Markdown and no fence around it. It says what must be observably the same, and what is',
  'better, in the words of the code; every scenario can be checked. For example:',
  '',
  GHERKIN_EXAMPLE,
  'sdd is Markdown with the headings "## Design", "## Files", "## Steps" and "## Risks": which parts there will be and what',
  'each is for, which files change and how, in which order, what could go wrong and what would notice it. Facts that the',
  'blocks do not show are said to be assumptions.',
].join('\n')

export const SPEC_CONTRACT = jsonAnswer(`{
  "bdd": string, // Gherkin
  "sdd": string  // Markdown
}`)

export const spec: Prompt<SpecInputs> = {
  id: 'spec',
  version: 1,
  samples: [{ goal: sampleGoal, proposal: sampleStrategy, files: sampleFiles }],
  render: ({ goal, proposal, files }) => [
    {
      role: 'system',
      content: [
        ROLE,
        'You write the specification of the chosen proposal; a person will read, edit and approve it.',
        NOTHING_CHANGES,
        '',
        FENCE_RULES,
        '',
        SPEC_RULES,
        '',
        SPEC_CONTRACT,
      ].join('\n'),
    },
    { role: 'user', content: fence([{ kind: 'GOAL', text: goal }, strategyBlock(proposal), ...fileBlocks(files)]) },
  ],
}
