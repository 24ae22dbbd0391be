import { describe, expect, it } from '@jest/globals'
import { diffArrays } from 'diff'
import fc from 'fast-check'
import { lineChanges } from './line-changes.ts'

const patched = (before: readonly string[], after: readonly string[]): string[] => {
  const lines: string[] = []
  let at = 0
  for (const { from, to, newFrom, newTo } of lineChanges(before, after)) {
    lines.push(...before.slice(at, from), ...after.slice(newFrom, newTo))
    at = to
  }
  return [...lines, ...before.slice(at)]
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at}\n`)

describe('the changes between two lists of lines', () => {
  const few = fc.array(fc.constantFrom('a', 'b', 'c', '}', ''), { maxLength: 40 })
  const edits = fc.array(
    fc.record({
      at: fc.nat(400),
      remove: fc.nat(12),
      add: fc.array(fc.constantFrom('x', 'y', '}', ''), { maxLength: 12 }),
    }),
    { maxLength: 6 },
  )

  it('lead from one to the other, each with an equal line between them', () => {
    const pair = fc.oneof(
      fc.tuple(few, few),
      fc.tuple(fc.constant(numbered(400)), edits).map(([lines, all]) => {
        const after = [...lines]
        for (const { at, remove, add } of all) after.splice(at, remove, ...add)
        return [lines, after] as const
      }),
    )
    fc.assert(
      fc.property(pair, ([before, after]) => {
        expect(patched(before, after)).toEqual(after)
        const changes = lineChanges(before, after)
        changes.forEach((change, at) => {
          const last = changes[at - 1] ?? { to: -1, newTo: -1 }
          expect(change.from).toBeGreaterThan(last.to)
          expect(change.newFrom - change.from).toBe(at === 0 ? 0 : last.newTo - last.to)
          expect(change.to - change.from + change.newTo - change.newFrom).toBeGreaterThan(0)
        })
      }),
      { numRuns: 500 },
    )
  })

  it('are the fewest where lines were replaced, added or removed far from each other', () => {
    fc.assert(
      fc.property(edits, (all) => {
        const before = numbered(400)
        const after = [...before]
        for (const { at, remove, add } of all) after.splice(at, remove, ...add)
        const lengthOf = (parts: readonly { added: boolean; removed: boolean; count: number }[]): number =>
          parts.reduce((sum, { added, removed, count }) => sum + (added || removed ? count : 0), 0)
        const ours = lineChanges(before, after).reduce(
          (sum, one) => sum + one.to - one.from + one.newTo - one.newFrom,
          0,
        )
        expect(ours).toBe(lengthOf(diffArrays(before, after)))
      }),
    )
  })

  it('are told in bounded time when nothing is alike, and when everything is', () => {
    const from = performance.now()
    const other = numbered(50_000).map((line) => `other ${line}`)
    expect(lineChanges(numbered(50_000), other)).toEqual([{ from: 0, to: 50_000, newFrom: 0, newTo: 50_000 }])
    const same = Array<string>(50_000).fill('same\n')
    expect(lineChanges(same, [...same, 'more\n'])).toEqual([
      { from: 50_000, to: 50_000, newFrom: 50_000, newTo: 50_001 },
    ])
    const swapped = [...numbered(20_000).slice(10_000), ...numbered(10_000)]
    expect(patched(numbered(20_000), swapped)).toEqual(swapped)
    expect(performance.now() - from).toBeLessThan(10_000)
  })
})
