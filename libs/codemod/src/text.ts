import { Buffer } from 'node:buffer'

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const BOM = '\uFEFF'

/** The text of a source file and the way back from its UTF-16 offsets to the file's bytes. */
export interface SourceText {
  /** Without the byte order mark. */
  readonly text: string
  readonly hasBom: boolean
  /** The newline that the file uses; the first one decides. */
  readonly newline: '\n' | '\r\n'
  /** Byte offset in the file of a UTF-16 offset in `text`. */
  byteOffset(position: number): number
  /** 1-based line of an offset. */
  lineOf(position: number): number
  /** 1-based column of an offset. */
  columnOf(position: number): number
  /** Offset of the first character of the line that holds an offset. */
  lineStart(position: number): number
}

const lineStartsOf = (text: string): number[] => {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

const lastAtOrBefore = (sorted: readonly number[], value: number): number => {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (sorted[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}

/** Decodes a file; undefined when it is not UTF-8 text, since such a file is never edited. */
export const decodeSource = (content: Uint8Array): SourceText | undefined => {
  let decoded: string
  try {
    decoded = strictUtf8.decode(content)
  } catch {
    return undefined
  }
  if (decoded.includes('\0')) return undefined
  const hasBom = decoded.startsWith(BOM)
  const text = hasBom ? decoded.slice(1) : decoded
  const bomBytes = hasBom ? 3 : 0
  const isAscii = content.length === text.length + bomBytes
  const starts = lineStartsOf(text)
  const byteStarts = isAscii ? starts : byteStartsOf(text, starts)
  const firstBreak = text.indexOf('\n')
  return {
    text,
    hasBom,
    newline: firstBreak > 0 && text[firstBreak - 1] === '\r' ? '\r\n' : '\n',
    byteOffset: (position) => {
      if (isAscii) return bomBytes + position
      const line = lastAtOrBefore(starts, position)
      return bomBytes + byteStarts[line]! + Buffer.byteLength(text.slice(starts[line], position))
    },
    lineOf: (position) => lastAtOrBefore(starts, position) + 1,
    columnOf: (position) => position - starts[lastAtOrBefore(starts, position)]! + 1,
    lineStart: (position) => starts[lastAtOrBefore(starts, position)]!,
  }
}

const byteStartsOf = (text: string, starts: readonly number[]): number[] => {
  const result = [0]
  for (let line = 1; line < starts.length; line++) {
    result.push(result[line - 1]! + Buffer.byteLength(text.slice(starts[line - 1], starts[line])))
  }
  return result
}

/** The whitespace at the start of the line that holds an offset. */
export const indentAt = (source: SourceText, position: number): string =>
  /^[ \t]*/.exec(source.text.slice(source.lineStart(position)))![0]
