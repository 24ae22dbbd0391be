import { describe, expect, it } from '@jest/globals'
import { rank, type Score, type Suggested } from './ranking.ts'

const suggested = (id: string, more: Partial<Suggested> = {}): Suggested => ({
  id,
  persona: 'architect',
  title: `strategy ${id}`,
  summary: '',
  files: [],
  symbols: [],
  steps: [],
  risk: 'low',
  riskReasons: [],
  expectedEdits: 1,
  estimatedSeconds: 1,
  ...more,
})
const score = (id: string, safety: number, value: number, cost: number): Score => ({
  id,
  persona: 'tester',
  safety,
  value,
  cost,
  reason: `because of ${id}`,
})
const order = (strategies: readonly Suggested[], scores: readonly Score[] = []) =>
  rank(strategies, scores).map(({ id }) => id)

describe('the ranking of strategies', () => {
  it('puts the best mean first, and safety counts double', () => {
    expect(order([suggested('a'), suggested('b')], [score('a', 3, 9, 9), score('b', 9, 4, 4)])).toEqual(['b', 'a'])
    expect(
      order([suggested('a'), suggested('b')], [score('a', 9, 9, 9), score('a', 1, 1, 1), score('b', 6, 6, 6)]),
    ).toEqual(['b', 'a'])
  })

  it('goes by risk where scores are equal or absent, and else keeps the order', () => {
    expect(order([suggested('a', { risk: 'high' }), suggested('b'), suggested('c')])).toEqual(['b', 'c', 'a'])
  })

  it('takes the same title twice as one strategy', () => {
    expect(order([suggested('a', { title: 'Split it' }), suggested('b', { title: ' split IT ' })])).toEqual(['a'])
  })

  it('keeps who said what, and why', () => {
    expect(rank([suggested('a')], [score('a', 1, 2, 3), score('z', 9, 9, 9)])[0]!.scores).toEqual([
      { persona: 'tester', safety: 1, value: 2, cost: 3, reason: 'because of a' },
    ])
  })
})
