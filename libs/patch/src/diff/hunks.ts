import { structuredPatch } from 'diff'

const CONTEXT_LINES = 3
/** Beyond so many added and removed lines the shortest script costs more than it tells. */
const MAX_EDIT_LENGTH = 2_000
const NO_NEWLINE = '\\ No newline at end of file'

const rangeOf = (start: number, count: number): string => (count === 1 ? String(start) : `${start},${count}`)

/** Starts are the first line's number or, for an empty side, the number of the line before it. */
const header = (oldStart: number, oldCount: number, newStart: number, newCount: number): string =>
  `@@ -${rangeOf(oldStart, oldCount)} +${rangeOf(newStart, newCount)} @@`

/** Lines with their own endings; the last one may have none. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

const written = (sign: string, line: string): string =>
  line.endsWith('\n') ? `${sign}${line}` : `${sign}${line}\n${NO_NEWLINE}\n`

/** One hunk for everything between the common beginning and the common end. */
const coarseHunk = (before: string, after: string): string => {
  const a = linesOf(before)
  const b = linesOf(after)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  const from = Math.max(0, head - CONTEXT_LINES)
  const trailing = Math.min(tail, CONTEXT_LINES)
  const counts = [a.length - tail + trailing - from, b.length - tail + trailing - from] as const
  const start = (count: number): number => (count === 0 ? from : from + 1)
  return [
    `${header(start(counts[0]), counts[0], start(counts[1]), counts[1])}\n`,
    ...a.slice(from, head).map((line) => written(' ', line)),
    ...a.slice(head, a.length - tail).map((line) => written('-', line)),
    ...b.slice(head, b.length - tail).map((line) => written('+', line)),
    ...a.slice(a.length - tail, a.length - tail + trailing).map((line) => written(' ', line)),
  ].join('')
}

/** The hunks between two texts, three lines of context, lines ended by LF only, so that CR stays part of a line. */
export const hunks = (before: string, after: string): string => {
  if (before === after) return ''
  const options = { context: CONTEXT_LINES, maxEditLength: MAX_EDIT_LENGTH }
  const found = structuredPatch('a', 'b', before, after, undefined, undefined, options)
  if (found === undefined) return coarseHunk(before, after)
  return found.hunks
    .map((hunk) => {
      const { oldStart, oldLines, newStart, newLines, lines } = hunk
      // jsdiff numbers an empty side by the line after it
      const start = (first: number, count: number): number => (count === 0 ? first - 1 : first)
      const title = header(start(oldStart, oldLines), oldLines, start(newStart, newLines), newLines)
      return [title, ...lines, ''].join('\n')
    })
    .join('')
}
