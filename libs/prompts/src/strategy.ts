import type { Block } from './fence.ts'

/** A strategy as far as a model reads it. */
export interface StrategyText {
  readonly title: string
  readonly summary: string
  readonly files: readonly string[]
  readonly symbols: readonly string[]
  readonly steps: readonly string[]
  readonly risk: 'low' | 'medium' | 'high'
  readonly riskReasons: readonly string[]
}

/** A strategy as a block: a model wrote it, so it is data. */
export const strategyBlock = (strategy: StrategyText): Block => {
  const { title, summary, files, symbols, steps, risk, riskReasons } = strategy
  const ordered = { title, summary, files, symbols, steps, risk, riskReasons }
  return { kind: 'PROPOSAL', text: `${JSON.stringify(ordered, null, 2)}\n` }
}

/** A spec: `bdd` in Gherkin, `sdd` in Markdown. */
export interface SpecText {
  readonly bdd: string
  readonly sdd: string
}

export const specBlocks = ({ bdd, sdd }: SpecText): Block[] => [
  { kind: 'SPEC', name: 'bdd.feature', text: bdd },
  { kind: 'SPEC', name: 'sdd.md', text: sdd },
]
