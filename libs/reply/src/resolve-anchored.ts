import { locate, type AnchoredOperation, type Operation } from '@iama/patch'

import { withoutBom, type BaseFile } from './base-file.ts'
import type { Wanted } from './draft.ts'
import { adaptIndentation, stringDrifted } from './indentation.ts'
import { isWeak, textTwin } from './near-twins.ts'
import type { ReplyProblem } from './refusal.ts'

type Anchored = Extract<Wanted, { kind: 'anchored' }>
type Problem = Pick<ReplyProblem, 'fault' | 'message' | 'fix'>

const toLf = (text: string): string => withoutBom(text).replaceAll('\r\n', '\n')

/** Where an insertion would glue two lines together or break an indentation, it was not meant so. */
const insertionProblem = (
  file: BaseFile,
  type: string,
  range: { start: number; end: number },
  text: string,
): Problem | undefined => {
  const [first, last] = [file.lineAt(range.start), file.lineAt(Math.max(range.end - 1, range.start))]
  const lead = file.slice(file.starts[first]!, range.start)
  const anchor = file.slice(range.start, range.end)
  const endsLine = range.end >= file.endOf(last) && !anchor.endsWith('\n')
  const wholeLines = lead.trim() === '' && (endsLine || anchor.endsWith('\n'))
  if (!wholeLines || text === '') return undefined
  const fix = 'begin the anchor at the beginning of its line, and put \\n between it and the text, or use replace'
  if (type === 'insert_after' && endsLine && !text.startsWith('\n')) {
    return { fault: 'whitespace', message: `the text would be glued to the end of line ${last + 1}`, fix }
  }
  if (
    type === 'insert_after' &&
    anchor.endsWith('\n') &&
    !text.endsWith('\n') &&
    file.starts[last + 1]! < file.content.length
  ) {
    return { fault: 'whitespace', message: `the text would be glued to the beginning of line ${last + 2}`, fix }
  }
  const tail = text.slice(text.lastIndexOf('\n') + 1)
  if (type === 'insert_before' && (!text.includes('\n') || tail !== lead)) {
    return {
      fault: 'whitespace',
      message: `the text would be glued to the beginning of line ${first + 1}, or change its indentation`,
      fix,
    }
  }
  return undefined
}

/** The new text in the indentation of the file, when the anchor was found with other white space. */
const adaptText = (anchor: string, matched: string, text: string): string | undefined => {
  const [asked, had, wanted] = [anchor.split('\n'), matched.split('\n'), text.split('\n')]
  if (asked.length !== had.length || asked.some((line, n) => stringDrifted(line, had[n]!))) return undefined
  // an anchor that begins within a line says nothing about the indentation of that line
  const skip = /^[ \t]/.test(anchor) ? 0 : 1
  const lines = adaptIndentation(asked.slice(skip), had.slice(skip), wanted.slice(skip))
  return lines === undefined ? undefined : [...wanted.slice(0, skip), ...lines].join('\n')
}

/** Another place may be meant where the anchor says little, or is not exactly the file's, and is one character away. */
const doubt = (
  file: BaseFile,
  { anchor, before = '', after = '' }: AnchoredOperation,
  range: { start: number; end: number },
): Problem | undefined => {
  const sought = before + anchor + after
  const start = range.start - Buffer.byteLength(before)
  if (file.slice(Math.max(start, 0), range.end + Buffer.byteLength(after)) === sought && !isWeak(sought))
    return undefined
  const first = file.starts[0]!
  const text = file.slice(first, file.content.length)
  const from = file.slice(first, range.start).length
  const to = from + file.slice(range.start, range.end).length
  const twin = textTwin(text, sought, { start: from - before.length, end: to + after.length })
  if (twin === undefined) return undefined
  const [line, other] = [from, twin].map((at) => text.slice(0, at).split('\n').length)
  return {
    fault: 'anchor_ambiguous',
    message: `the anchor is at line ${line}, but line ${other} holds something too much like it`,
    fix: 'copy more of the lines around it into before or after',
  }
}

/** An operation with an anchor as one with its exact bytes; undefined when it changes nothing. */
export const resolveAnchored = (file: BaseFile, wanted: Anchored): { operation: Operation | undefined } | Problem => {
  const { type } = wanted
  const native = (text: string): string => (file.uniform === '\r\n' ? toLf(text).replaceAll('\n', '\r\n') : toLf(text))
  const asked: AnchoredOperation = {
    type,
    path: file.path,
    base: file.base,
    anchor: native(wanted.anchor),
    ...(wanted.before && { before: native(wanted.before) }),
    ...(wanted.after && { after: native(wanted.after) }),
    text: toLf(wanted.text),
  }
  const located = locate(file.content, asked)
  if ('reason' in located) {
    const fault = located.reason === 'anchor_ambiguous' ? 'anchor_ambiguous' : 'anchor_missing'
    const more = 'copy more of the lines around it into before or after, so that it occurs once'
    const copy = 'copy the anchor from the file, character by character'
    return { fault, message: located.detail, fix: fault === 'anchor_ambiguous' ? more : copy }
  }
  const { range } = located
  const doubtful = doubt(file, asked, range)
  if (doubtful !== undefined) return doubtful
  const anchor = file.slice(range.start, range.end)
  const text = anchor === asked.anchor ? asked.text : adaptText(toLf(asked.anchor), toLf(anchor), asked.text)
  if (text === undefined) {
    const line = file.lineAt(range.start) + 1
    const message = `the anchor is at line ${line}, but with other white space, so that of the new text is not certain`
    return {
      fault: 'whitespace',
      message,
      fix: `copy the indentation and the blanks of the file: ${JSON.stringify(anchor.slice(0, 200))}`,
    }
  }
  const problem = type === 'replace' ? undefined : insertionProblem(file, type, range, text)
  if (problem !== undefined) return problem
  const end = file.lineEnd(file.lineAt(range.start), file.lineAt(range.end) + 1)
  const written = end === '\r\n' ? text.replaceAll('\n', '\r\n') : text
  if (type === 'replace' ? written === anchor : written === '') return { operation: undefined }
  return { operation: { type, path: file.path, base: file.base, range, anchor, text: written } }
}
