import { refuse, type ReplyProblem } from './refusal.ts'
import { readJson } from './json-text.ts'

/** A JSON value or a broken one, found in a stretch of text. */
export type JsonFound =
  | {
      readonly kind: 'value'
      readonly value: unknown
      readonly line: number
      readonly lineOf: (part: object) => number | undefined
    }
  | { readonly kind: 'broken'; readonly problem: ReplyProblem; readonly source: string }

const candidate = /\{\s*(?:["']|\/[/*]|edits\b)|^[ \t]*\{[ \t]*\}|\[\s*\{\s*["']/gm
const MAX_SOURCE = 4_000
/** More pieces of JSON than any answer has. */
const MAX_PIECES = 20_000
/** A key that is itself what is broken is seen as well. */
const KEY = 14

/** Every JSON object, and every array of objects, in a text; each character is read once. */
export const jsonIn = (text: string, firstLine: number): JsonFound[] => {
  const found: JsonFound[] = []
  let starts: number[] | undefined
  const lineAt = (offset: number): number => {
    if (starts === undefined) {
      starts = [0]
      for (let next = text.indexOf('\n'); next !== -1; next = text.indexOf('\n', next + 1)) starts.push(next + 1)
    }
    let low = 0
    let high = starts.length
    while (low + 1 < high) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle
    }
    return firstLine + low + 1
  }
  candidate.lastIndex = 0
  for (let match = candidate.exec(text); match !== null; match = candidate.exec(text)) {
    if (found.length === MAX_PIECES) {
      const message = `the reply has more than ${MAX_PIECES} pieces of JSON`
      refuse({ fault: 'too_large', line: lineAt(match.index), message, fix: 'answer with one JSON object' })
    }
    const at = match.index + match[0].search(/[[{]/)
    const read = readJson(text, at)
    if ('value' in read) {
      const { value, end, places } = read
      const lineOf = (part: object): number | undefined => {
        const place = places.get(part)
        return place === undefined ? undefined : lineAt(place)
      }
      found.push({ kind: 'value', value, line: lineAt(at), lineOf })
      candidate.lastIndex = end
      continue
    }
    const { message, fix, truncated } = read
    const problem: ReplyProblem = { fault: truncated ? 'truncated' : 'malformed', line: lineAt(read.at), message, fix }
    found.push({ kind: 'broken', problem, source: text.slice(at, Math.min(read.at + KEY, at + MAX_SOURCE)) })
    candidate.lastIndex = Math.max(read.at, candidate.lastIndex)
  }
  return found
}
