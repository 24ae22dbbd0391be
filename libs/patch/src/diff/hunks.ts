import { lineChanges, type LineChange } from './line-changes.ts'

const CONTEXT_LINES = 3
const NO_NEWLINE = '\\ No newline at end of file'

const rangeOf = (start: number, count: number): string => (count === 1 ? String(start) : `${start},${count}`)

/** Starts are the first line's number or, for an empty side, the number of the line before it. */
const header = (old: { from: number; to: number }, now: { from: number; to: number }): string => {
  const range = ({ from, to }: { from: number; to: number }): string => rangeOf(to > from ? from + 1 : from, to - from)
  return `@@ -${range(old)} +${range(now)} @@\n`
}

/** Lines with their own endings; the last one may have none. */
export const linesOf = (text: string): string[] => {
  const lines: string[] = []
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at) + 1 || text.length
    lines.push(text.slice(at, end))
    at = end
  }
  return lines
}

const written = (sign: string, line: string): string =>
  line.endsWith('\n') ? `${sign}${line}` : `${sign}${line}\n${NO_NEWLINE}\n`

/** Changes whose context lines touch or overlap stand in one hunk. */
export const grouped = (changes: readonly LineChange[]): LineChange[][] => {
  const groups: LineChange[][] = []
  for (const change of changes) {
    const group = groups.at(-1)
    if (group && change.from - group.at(-1)!.to <= 2 * CONTEXT_LINES) group.push(change)
    else groups.push([change])
  }
  return groups
}

const hunk = (before: readonly string[], after: readonly string[], changes: readonly LineChange[]): string => {
  const [first, last] = [changes[0]!, changes.at(-1)!]
  const lead = Math.min(CONTEXT_LINES, first.from)
  const trail = Math.min(CONTEXT_LINES, before.length - last.to)
  const old = { from: first.from - lead, to: last.to + trail }
  const now = { from: first.newFrom - lead, to: last.newTo + trail }
  const parts = [header(old, now)]
  let at = old.from
  for (const { from, to, newFrom, newTo } of changes) {
    for (; at < from; at++) parts.push(written(' ', before[at]!))
    for (; at < to; at++) parts.push(written('-', before[at]!))
    for (let line = newFrom; line < newTo; line++) parts.push(written('+', after[line]!))
  }
  for (; at < old.to; at++) parts.push(written(' ', before[at]!))
  return parts.join('')
}

/** The hunks between two texts, three lines of context, lines ended by LF only, so that CR stays part of a line. */
export const hunks = (before: string, after: string): string => {
  if (before === after) return ''
  const [old, now] = [linesOf(before), linesOf(after)]
  return grouped(lineChanges(old, now))
    .map((changes) => hunk(old, now, changes))
    .join('')
}
