/** Fewer letters and digits than this say so little that one slip turns them into another place of the same file. */
const MIN_WORD_CHARACTERS = 4
/** Longer anchors are not weak, whatever they consist of. */
const MAX_WEAK = 200
/** More places that begin or end like an anchor are not told apart one by one. */
const MAX_CANDIDATES = 1_000

/**
 * Whether an anchor says so little, such as `}` or a blank line, that it must not have a near twin. Longer anchors
 * that are one character apart, such as `case 1:` and `case 2:`, are told apart on purpose and are taken at their word.
 */
export const isWeak = (anchor: string): boolean =>
  anchor.length <= MAX_WEAK && (anchor.match(/[\p{L}\p{N}_]/gu)?.length ?? 0) < MIN_WORD_CHARACTERS

/** Whether two lines differ by one character put in, taken out or exchanged at most, when white space does not count. */
export const oneApart = (a: string, b: string): boolean => {
  const [x, y] = [a.replace(/\s+/g, ''), b.replace(/\s+/g, '')]
  if (Math.abs(x.length - y.length) > 1) return false
  const shorter = Math.min(x.length, y.length)
  let head = 0
  while (head < shorter && x[head] === y[head]) head++
  let tail = 0
  while (tail < shorter - head && x.at(-1 - tail) === y.at(-1 - tail)) tail++
  return Math.max(x.length, y.length) - head - tail <= 1
}

const exchanged = (text: string, at: number, wanted: string): number => {
  let count = 0
  for (let n = 0; n < wanted.length && count < 2; n++) if (text[at + n] !== wanted[n]) count++
  return count
}

/**
 * Another place of a text, outside a match, that differs from what was sought by one exchanged character at most. Such
 * a place begins or ends exactly as half of what was sought. With too many of those the first one is as good as any.
 * @returns the character where that place begins
 */
export const textTwin = (
  text: string,
  sought: string,
  match: { readonly start: number; readonly end: number },
): number | undefined => {
  const middle = sought.length >> 1
  let candidates = 0
  for (const [half, offset] of [
    [sought.slice(0, middle), 0],
    [sought.slice(middle), middle],
  ] as const) {
    for (let found = text.indexOf(half, offset); found !== -1; found = text.indexOf(half, found + 1)) {
      const start = found - offset
      if (start + sought.length > text.length) break
      if (start < match.end && start + sought.length > match.start) continue
      if (++candidates > MAX_CANDIDATES || exchanged(text, start, sought) < 2) return start
    }
  }
  return undefined
}
