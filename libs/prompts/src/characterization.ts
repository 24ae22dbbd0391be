import { FENCE_RULES, fence, fileBlocks, type FilePart } from './fence.ts'
import type { Prompt } from './prompt.ts'
import { sampleFiles, sampleStrategy } from './samples.ts'
import { strategyBlock, type StrategyText } from './strategy.ts'
import { jsonAnswer, ROLE } from './wording.ts'

export interface CharacterizationInputs {
  readonly proposal: StrategyText
  /** Small faults that no recorded session sees, and modules that none covers, a sentence each. */
  readonly weakPlaces: readonly string[]
  readonly files: readonly FilePart[]
}

/** Exercises in one answer. */
export const MOST_EXERCISES = 12
/** Characters of one exercise. */
export const MOST_EXERCISE = 8_000

/** What the answer must look like. */
export const CHARACTERIZATION_CONTRACT = jsonAnswer(`{
  "exercises": [ // 1 to ${MOST_EXERCISES}
    {
      "purpose": string, // what it tries, in a few words
      "code": string     // a whole ES module, at most 4,000 characters
    }
  ]
}`)

export const characterization: Prompt<CharacterizationInputs> = {
  id: 'characterization',
  version: 1,
  samples: [
    {
      proposal: sampleStrategy,
      weakPlaces: ['src/cart.ts:12 in total: `count > 1` becomes `count >= 1`.'],
      files: sampleFiles,
    },
  ],
  render: ({ proposal, weakPlaces, files }) => [
    {
      role: 'system',
      content: [
        ROLE,
        'Before the code is changed, its behaviour of today is recorded. Recording covers what the tests of the project do;',
        'WEAK_PLACES lists small faults that nobody would notice. You write exercises: small programs that use the code so',
        'that each of these faults would show in what is returned, thrown, called back or changed.',
        '',
        FENCE_RULES,
        '',
        'Rules for exercises:',
        '- Only calls, no assertions: what the code does today is right by definition and is recorded by us.',
        '- Each is an ES module that stands in the root folder of the project; import what you use by a relative path with',
        '  its ending, as in `./src/cart.js`. CommonJS modules have a default import. Import nothing else but node: modules.',
        '- Call what the files export, with values at the borders: empty, negative, -0, NaN, undefined, null, missing',
        '  arguments, arrays with holes, long and odd strings, whatever makes the named expressions decide otherwise.',
        '- A call that throws ends the exercise unless you catch it; put calls that throw into try blocks of their own.',
        '- No clock, no chance, no network, no files, no timers beyond a few milliseconds: what differs from run to run is',
        '  thrown away.',
        '',
        CHARACTERIZATION_CONTRACT,
      ].join('\n'),
    },
    {
      role: 'user',
      content: fence([
        strategyBlock(proposal),
        { kind: 'WEAK_PLACES', text: weakPlaces.join('\n') },
        ...fileBlocks(files),
      ]),
    },
  ],
}
