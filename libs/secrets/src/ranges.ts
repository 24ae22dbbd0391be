import type { Finding } from './finding.ts'

/**
 * A range that ends where words end, and splits no escape: a placeholder must not grow together with what stands
 * beside it.
 */
const widened = (text: string, read: string, { kind, start, end }: Finding): Finding => {
  const isWord = (at: number): boolean => /\w/.test(read[at] ?? ' ')
  const splitsEscape = (at: number): boolean => text[at - 1] === '\\' && read[at - 1] === ' '
  let from = start
  let to = end
  while (isWord(from - 1)) from -= 1
  while (isWord(to)) to += 1
  return { kind, start: splitsEscape(from) ? from - 1 : from, end: splitsEscape(to) ? to + 1 : to }
}

/** Ranges of whole words in the order of the text, none of which touches another; the earliest finding names them. @param read the text as rules read it */
export const separated = (text: string, read: string, findings: readonly Finding[]): Finding[] => {
  const wide = findings.map((each, order) => ({ ...widened(text, read, each), order }))
  wide.sort((one, other) => one.start - other.start || one.order - other.order)
  const result: (Finding & { order: number })[] = []
  for (const each of wide) {
    const last = result.at(-1)
    if (last === undefined || each.start > last.end) {
      result.push(each)
      continue
    }
    const { kind, order } = each.order < last.order ? each : last
    result[result.length - 1] = { kind, order, start: last.start, end: Math.max(last.end, each.end) }
  }
  return result
}
