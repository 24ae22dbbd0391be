/** A whitespace-tolerant match, in bytes of the file. */
export interface TolerantMatch {
  /** Where context, anchor and context are together. */
  readonly whole: { readonly start: number; readonly end: number }
  readonly anchor: { readonly start: number; readonly end: number }
}

/** Longer anchors are expected to match exactly: the pattern would cost more than it helps. */
const MAX_TOLERANT_BYTES = 64 * 1024

const escape = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

const newline = '(?:(?<!\\r)\\n|\\r\\n)'

/** A run is split where the anchor begins or ends inside it: the blanks after its last newline are the second part's. */
type Position = 'interior' | 'leading' | 'trailing' | 'split'

/**
 * One run of whitespace. Blanks match any blanks; n newlines match n newlines, of either kind, whatever blanks are
 * around them. A newline never matches a blank: in JavaScript it can end a statement.
 */
const runPattern = (run: string, position: Position): string => {
  const newlines = run.split('\n').length - 1
  const blanksLast = /[ \t]$/.test(run)
  if (newlines === 0) {
    if (position === 'leading') return '(?:(?<![ \\t])[ \\t]+|^)'
    return position === 'trailing' ? '(?:[ \\t]+(?![ \\t])|(?=\\r?$))' : '[ \\t]+'
  }
  const lines = Array.from({ length: newlines }, (_, n) =>
    n === 0 && position === 'leading' ? newline : `[ \\t]*\\r?\\n`,
  )
  const tail = position === 'split' || (position === 'trailing' && !blanksLast) ? '' : '[ \\t]*'
  return lines.join('') + tail
}

/** The text cut into runs of whitespace and the rest, with a cut at each given offset. */
const pieces = (text: string, cuts: readonly number[]): { text: string; start: number }[] => {
  const found: { text: string; start: number }[] = []
  for (const match of text.matchAll(/[ \t\r\n]+|[^ \t\r\n]+/g)) {
    const end = match.index + match[0].length
    const inner = cuts.filter((cut) => cut > match.index && cut < end)
    let start = match.index
    for (const stop of [...inner, end]) {
      found.push({ text: text.slice(start, stop), start })
      start = stop
    }
  }
  return found
}

const isRun = (piece: { text: string } | undefined): boolean => piece !== undefined && /^[ \t\r\n]/.test(piece.text)

const patternOf = (before: string, anchor: string, after: string): string => {
  const opens = before.length
  const closes = opens + anchor.length
  const all = pieces(before + anchor + after, [opens, closes])
  const positionOf = (n: number): Position => {
    if (isRun(all[n + 1])) return 'split'
    if (n === 0) return 'leading'
    return n === all.length - 1 ? 'trailing' : 'interior'
  }
  const patternAt = (n: number): string => {
    const { text } = all[n]!
    if (!isRun(all[n])) return escape(text)
    const previous = all[n - 1]
    if (!isRun(previous) || text.includes('\n')) return runPattern(text, positionOf(n))
    return previous!.text.includes('\n') ? '[ \\t]*' : ''
  }
  let pattern = opens === 0 ? '(' : ''
  all.forEach((piece, n) => {
    if (piece.start === opens && opens > 0) pattern += '('
    if (piece.start === closes) pattern += ')'
    pattern += patternAt(n)
  })
  return after === '' ? `${pattern})` : pattern
}

/**
 * Where an anchor is when runs of whitespace may differ; everything else is exact. Two matches are enough to refuse,
 * so no more are looked for.
 * @param content the file, one character a byte (latin1), as are the other texts
 */
export const findTolerant = (content: string, before: string, anchor: string, after: string): TolerantMatch[] => {
  const length = before.length + anchor.length + after.length
  if (length > MAX_TOLERANT_BYTES || anchor.trim() === '') return []
  const pattern = new RegExp(patternOf(before, anchor, after), 'dgm')
  const matches: TolerantMatch[] = []
  for (let match = pattern.exec(content); match !== null && matches.length < 2; match = pattern.exec(content)) {
    const [whole, inner] = match.indices! as unknown as [[number, number], [number, number]]
    matches.push({
      whole: { start: whole[0], end: whole[1] },
      anchor: { start: inner[0], end: inner[1] },
    })
    pattern.lastIndex = match.index + 1
  }
  return matches
}
