import { lineChanges, type LineChange } from './line-changes.ts'
import { lineBefore, lineEnd } from './text-lines.ts'

const CONTEXT_LINES = 3
const NO_NEWLINE = '\\ No newline at end of file'

const rangeOf = (start: number, count: number): string => (count === 1 ? String(start) : `${start},${count}`)

/** Starts are the first line's number or, for an empty side, the number of the line before it. */
const header = (old: { from: number; to: number }, now: { from: number; to: number }): string => {
  const range = ({ from, to }: { from: number; to: number }): string => rangeOf(to > from ? from + 1 : from, to - from)
  return `@@ -${range(old)} +${range(now)} @@\n`
}

/** The bytes of whole lines, each with a sign before it. */
const signed = (sign: string, text: Buffer, start: number, end: number): string => {
  if (start === end) return ''
  const lines = text.toString('utf8', start, end)
  if (lines.indexOf('\n') === lines.length - 1) return sign + lines
  const isEnded = lines.endsWith('\n')
  const written = `${sign}${(isEnded ? lines.slice(0, -1) : lines).replaceAll('\n', `\n${sign}`)}\n`
  return isEnded ? written : `${written}${NO_NEWLINE}\n`
}

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

/** How many lines of context stand before a change, and where they start. */
const contextBefore = (text: Buffer, start: number) => {
  let [lines, at] = [0, start]
  for (; lines < CONTEXT_LINES && at > 0; lines++) at = lineBefore(text, at)
  return { lines, at }
}

/** How many stand after it, and where they end. */
const contextAfter = (text: Buffer, end: number) => {
  let [lines, at] = [0, end]
  for (; lines < CONTEXT_LINES && at < text.length; lines++) at = lineEnd(text, at)
  return { lines, at }
}

const hunk = (before: Buffer, after: Buffer, changes: readonly LineChange[]): string => {
  const [first, last] = [changes[0]!, changes.at(-1)!]
  const [lead, trail] = [contextBefore(before, first.start), contextAfter(before, last.end)]
  const old = { from: first.from - lead.lines, to: last.to + trail.lines }
  const now = { from: first.newFrom - lead.lines, to: last.newTo + trail.lines }
  let text = header(old, now)
  let at = lead.at
  for (const { start, end, newStart, newEnd } of changes) {
    text += signed(' ', before, at, start)
    text += signed('-', before, start, end)
    text += signed('+', after, newStart, newEnd)
    at = end
  }
  return text + signed(' ', before, at, trail.at)
}

/**
 * The hunks between two texts of UTF-8, three lines of context, lines ended by LF only, so that CR stays a part of a
 * line.
 */
export const hunks = (before: Buffer, after: Buffer): string =>
  grouped(lineChanges(before, after))
    .map((changes) => hunk(before, after, changes))
    .join('')
