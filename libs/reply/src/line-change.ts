import type { Operation } from '@iama/patch'

import type { BaseFile } from './base-file.ts'

/** Lines `from` to `to` (exclusive) of a file become `lines`. */
export interface LineChange {
  readonly from: number
  readonly to: number
  readonly lines: readonly string[]
  /** Whether the file ends in a newline afterwards, where the change reaches its end; else as before. */
  readonly finalNewline?: boolean
}

/**
 * A change of whole lines as one operation with its exact bytes, in the line ends of the file. Nothing outside the
 * lines is touched, and a file without a newline at its end stays so.
 */
export const changeLines = (file: BaseFile, change: LineChange): Operation => {
  const { from, to, lines } = change
  const { path, base, starts } = file
  const end = file.lineEnd(from, to)
  const text = lines.join(end)
  const at = (start: number, stop: number, written: string): Operation => {
    const range = { start, end: stop }
    return { type: 'replace', path, base, range, anchor: file.slice(start, stop), text: written }
  }
  const last = file.lines.length
  const final = change.finalNewline ?? (file.finalNewline || last === 0)
  if (to === last && (final !== file.finalNewline || lines.length === 0 || from === to)) {
    if (from === 0 || lines.length > 0) {
      const tail = lines.length > 0 && final ? end : ''
      const needsBreak = from === last && last > 0 && !file.finalNewline
      if (needsBreak) return at(file.endOf(last - 1), starts[last]!, `${end}${text}${tail}`)
      return at(starts[from]!, starts[last]!, `${text}${tail}`)
    }
    return at(file.endOf(from - 1), starts[last]!, final ? end : '')
  }
  if (from === to) {
    const range = { start: starts[from]!, end: file.endOf(from) }
    const anchor = file.slice(range.start, range.end)
    return { type: 'insert_before', path, base, range, anchor, text: `${text}${end}` }
  }
  if (lines.length === 0) return at(starts[from]!, starts[to]!, '')
  return at(starts[from]!, file.endOf(to - 1), text)
}

/** The change without the lines that stay as they are at its beginning and end; undefined when all of them stay. */
export const minimalChange = (
  from: number,
  searched: readonly string[],
  wanted: readonly string[],
): { from: number; to: number; head: number; tail: number } | undefined => {
  const shorter = Math.min(searched.length, wanted.length)
  let head = 0
  while (head < shorter && searched[head] === wanted[head]) head++
  let tail = 0
  while (tail < shorter - head && searched[searched.length - 1 - tail] === wanted[wanted.length - 1 - tail]) tail++
  if (head === searched.length && head === wanted.length) return undefined
  return { from: from + head, to: from + searched.length - tail, head, tail }
}
