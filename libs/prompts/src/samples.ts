import type { FilePart } from './fence.ts'
import type { StrategyText } from './strategy.ts'

/** Fixed inputs for the renderings that prompts.lock.json remembers. A change here changes every version's hash. */
export const sampleGoal = 'Make the cart easier to read.'

export const sampleFiles: readonly FilePart[] = [
  { path: 'src/cart.ts', text: 'export const total = () => 1\n', reason: 'is in focus' },
  { path: 'src/big.ts', text: '[2 of the 90 lines]', reason: 'is in scope', lines: { from: 1, to: 2, of: 90 } },
]

export const sampleStrategy: StrategyText = {
  title: 'Split the cart',
  summary: 'Totals move to a function of their own.',
  files: ['src/cart.ts'],
  symbols: ['total'],
  steps: ['Extract the sum.', 'Name it.'],
  risk: 'low',
  riskReasons: ['Covered by tests.'],
}

export const sampleSpec = {
  bdd: 'Feature: Cart\n  Scenario: Total\n    Given a cart\n    Then it has a total\n',
  sdd: '# Design\nOne function.\n',
}
