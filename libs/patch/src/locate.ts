import type { Conflict } from './conflict.ts'
import type { AnchoredOperation, ByteRange } from './edit.ts'
import { findTolerant } from './whitespace-match.ts'

/** Where an operation acts, and the text as it will be written there. */
export interface Located {
  readonly range: ByteRange
  readonly text: string
}

export type NotLocated = Pick<Conflict, 'reason' | 'detail'>

const lineAt = (content: Buffer, offset: number): number => {
  let line = 1
  for (let at = content.indexOf(10); at !== -1 && at < offset; at = content.indexOf(10, at + 1)) line++
  return line
}

const ambiguous = (content: Buffer, first: number, second: number, how: string): NotLocated => {
  const lines = `lines ${lineAt(content, first)} and ${lineAt(content, second)}`
  const detail = `the anchor ${how} more than once (${lines}, at least); give more context before or after it`
  return { reason: 'anchor_ambiguous', detail }
}

const holds = (content: Buffer, at: number, wanted: Buffer): boolean =>
  at >= 0 &&
  at + wanted.length <= content.length &&
  content.compare(wanted, 0, wanted.length, at, at + wanted.length) === 0

const locateByRange = (content: Buffer, operation: AnchoredOperation, range: ByteRange): Located | NotLocated => {
  const before = Buffer.from(operation.before ?? '')
  const anchor = Buffer.from(operation.anchor)
  const after = Buffer.from(operation.after ?? '')
  const fits =
    range.end - range.start === anchor.length &&
    holds(content, range.start, anchor) &&
    holds(content, range.start - before.length, before) &&
    holds(content, range.end, after)
  if (fits) return { range, text: operation.text }
  const detail = `bytes ${range.start} to ${range.end} do not hold the anchor with its context`
  return { reason: 'range_mismatch', detail }
}

/** New lines are written as the file ends its lines, when the anchor was recognised in spite of that difference. */
const adaptNewlines = (operation: AnchoredOperation, matched: string, wanted: string): string => {
  if (matched.includes('\r\n') && !wanted.includes('\r\n')) return operation.text.replace(/\r?\n/g, '\r\n')
  if (wanted.includes('\r\n') && !matched.includes('\r\n')) return operation.text.replaceAll('\r\n', '\n')
  return operation.text
}

/**
 * Finds the bytes of the base file that an operation means: by its range, else by its exact anchor with context,
 * else by the same with other whitespace. Two matches are refused and so is a changed interior: nothing is guessed.
 */
export const locate = (content: Buffer, operation: AnchoredOperation): Located | NotLocated => {
  if (operation.range !== undefined) return locateByRange(content, operation, operation.range)
  const before = Buffer.from(operation.before ?? '')
  const anchor = Buffer.from(operation.anchor)
  const wanted = Buffer.concat([before, anchor, Buffer.from(operation.after ?? '')])
  if (anchor.length === 0) return { reason: 'anchor_missing', detail: 'the anchor is empty, and there is no range' }
  const first = content.indexOf(wanted)
  if (first !== -1) {
    const second = content.indexOf(wanted, first + 1)
    if (second !== -1) return ambiguous(content, first, second, 'occurs')
    const start = first + before.length
    return { range: { start, end: start + anchor.length }, text: operation.text }
  }
  const latin1 = (text: string | undefined): string => Buffer.from(text ?? '').toString('latin1')
  const bytes = content.toString('latin1')
  const [match, other] = findTolerant(
    bytes,
    latin1(operation.before),
    latin1(operation.anchor),
    latin1(operation.after),
  )
  if (match === undefined) return { reason: 'anchor_missing', detail: 'the anchor is not in the file' }
  if (other !== undefined) {
    return ambiguous(content, match.anchor.start, other.anchor.start, 'matches, but for whitespace,')
  }
  const matched = bytes.slice(match.whole.start, match.whole.end)
  return { range: match.anchor, text: adaptNewlines(operation, matched, wanted.toString('latin1')) }
}
