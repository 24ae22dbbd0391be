import { editRules, lengthRule } from './edit-rules.ts'
import { FENCE_RULES, fence, fileBlocks, type Block, type FilePart } from './fence.ts'
import type { Prompt } from './prompt.ts'
import { sampleFiles, sampleSpec, sampleStrategy } from './samples.ts'
import { specBlocks, strategyBlock, type SpecText, type StrategyText } from './strategy.ts'
import { listed, NOTHING_CHANGES, ROLE } from './wording.ts'

export interface RefactorInputs {
  readonly spec: SpecText
  readonly proposal: StrategyText
  /** Globs that may be changed; empty for all. */
  readonly scope: readonly string[]
  readonly files: readonly FilePart[]
  /** Class L1 alone may answer with whole files. */
  readonly wholeFiles: boolean
  /** What the answer is cut off at. */
  readonly outputTokens: number
  /** What the person adds to the spec. */
  readonly hint?: string
}

/** The system message of everything that writes code. */
export const writerSystem = (
  task: string,
  { wholeFiles, outputTokens }: Pick<RefactorInputs, 'wholeFiles' | 'outputTokens'>,
): string =>
  [
    ROLE,
    task,
    NOTHING_CHANGES,
    '',
    FENCE_RULES,
    '',
    'Write as the project writes: its conventions, its language level, its names. Add no dependency. Add no comment that tells',
    'what was changed.',
    '',
    editRules(wholeFiles),
    '',
    lengthRule(outputTokens),
  ].join('\n')

/** What is wanted, before the evidence and the files. */
export const wantedBlocks = ({ spec, proposal, scope, hint }: RefactorInputs): Block[] => [
  ...specBlocks(spec),
  ...(hint === undefined || hint === '' ? [] : [{ kind: 'HINT', text: hint }]),
  strategyBlock(proposal),
  { kind: 'SCOPE', text: listed(scope, 'every file of the project but tests') },
]

export const sampleRefactor: RefactorInputs = {
  spec: sampleSpec,
  proposal: sampleStrategy,
  scope: ['src/**'],
  files: sampleFiles,
  wholeFiles: true,
  outputTokens: 30_000,
}

export const refactor: Prompt<RefactorInputs> = {
  id: 'refactor',
  version: 1,
  samples: [
    sampleRefactor,
    { ...sampleRefactor, scope: [], wholeFiles: false, outputTokens: 5_000, hint: 'Keep it small.' },
  ],
  render: (inputs) => [
    { role: 'system', content: writerSystem('You write the edits that an approved specification asks for.', inputs) },
    { role: 'user', content: fence([...wantedBlocks(inputs), ...fileBlocks(inputs.files)]) },
  ],
}
