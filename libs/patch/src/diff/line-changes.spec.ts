import { describe, expect, it } from '@jest/globals'
import { diffArrays } from 'diff'
import fc from 'fast-check'
import { lineChanges } from './line-changes.ts'

const textOf = (lines: readonly string[], isEnded = true): Buffer =>
  Buffer.from(lines.map((line, at) => (isEnded || at < lines.length - 1 ? `${line}\n` : line)).join(''))

const between = (before: readonly string[], after: readonly string[]) => lineChanges(textOf(before), textOf(after))

const patched = (before: readonly string[], after: readonly string[]): string[] => {
  const lines: string[] = []
  let at = 0
  for (const { from, to, newFrom, newTo } of between(before, after)) {
    lines.push(...before.slice(at, from), ...after.slice(newFrom, newTo))
    at = to
  }
  return [...lines, ...before.slice(at)]
}

const patchedBytes = (before: Buffer, after: Buffer): string => {
  const parts: Buffer[] = []
  let at = 0
  for (const { start, end, newStart, newEnd } of lineChanges(before, after)) {
    parts.push(before.subarray(at, start), after.subarray(newStart, newEnd))
    at = end
  }
  return Buffer.concat([...parts, before.subarray(at)]).toString()
}

const isLineStart = (text: Buffer, at: number): boolean => at === 0 || at === text.length || text[at - 1] === 10

const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at}`)

describe('the changes between two texts', () => {
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
        const changes = between(before, after)
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

  it('name the bytes that they are about, whether or not the last lines are ended', () => {
    const words = fc.array(fc.constantFrom('a', 'é', '\u{1f600}', '}\r', '', 'x'.repeat(2_000)), { maxLength: 30 })
    fc.assert(
      fc.property(words, words, fc.boolean(), fc.boolean(), (before, after, isEnded, isNewEnded) => {
        const [old, now] = [textOf(before, isEnded), textOf(after, isNewEnded)]
        expect(patchedBytes(old, now)).toBe(now.toString())
        for (const { start, end, newStart, newEnd } of lineChanges(old, now)) {
          for (const at of [start, end]) expect(isLineStart(old, at)).toBe(true)
          for (const at of [newStart, newEnd]) expect(isLineStart(now, at)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('are none between equal texts, and whole lines where an ending is all that differs', () => {
    const whole = { from: 1, to: 2, newFrom: 1, newTo: 2, start: 2, end: 4, newStart: 2, newEnd: 3 }
    expect(lineChanges(Buffer.from('a\nb\n'), Buffer.from('a\nb\n'))).toEqual([])
    expect(lineChanges(Buffer.from('a\nb\n'), Buffer.from('a\nb'))).toEqual([whole])
    expect(lineChanges(Buffer.from(''), Buffer.from('a'))).toMatchObject([{ from: 0, to: 0, newFrom: 0, newTo: 1 }])
  })

  it('are the fewest where lines were replaced, added or removed far from each other', () => {
    fc.assert(
      fc.property(edits, (all) => {
        const before = numbered(400)
        const after = [...before]
        for (const { at, remove, add } of all) after.splice(at, remove, ...add)
        const lengthOf = (parts: readonly { added: boolean; removed: boolean; count: number }[]): number =>
          parts.reduce((sum, { added, removed, count }) => sum + (added || removed ? count : 0), 0)
        const ours = between(before, after).reduce((sum, one) => sum + one.to - one.from + one.newTo - one.newFrom, 0)
        expect(ours).toBe(lengthOf(diffArrays(before, after)))
      }),
    )
  })

  it('are told in bounded time when nothing is alike, and when everything is', () => {
    const from = performance.now()
    const other = numbered(50_000).map((line) => `other ${line}`)
    expect(between(numbered(50_000), other)).toMatchObject([{ from: 0, to: 50_000, newFrom: 0, newTo: 50_000 }])
    const same = Array<string>(50_000).fill('same')
    expect(between(same, [...same, 'more'])).toMatchObject([
      { from: 50_000, to: 50_000, newFrom: 50_000, newTo: 50_001 },
    ])
    const swapped = [...numbered(20_000).slice(10_000), ...numbered(10_000)]
    expect(patched(numbered(20_000), swapped)).toEqual(swapped)
    expect(performance.now() - from).toBeLessThan(10_000)
  })
})
