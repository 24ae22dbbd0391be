import type { Operation } from '@iama/patch'

import type { BaseFile } from './base-file.ts'
import type { Hunk, Row, Wanted } from './draft.ts'
import type { LineFinder } from './find-lines.ts'
import { adaptIndentation, stringDrifted } from './indentation.ts'
import { changeLines, minimalChange } from './line-change.ts'
import { isWeak, oneApart } from './near-twins.ts'
import type { ReplyProblem } from './refusal.ts'

/** What is wrong, and the text whose nearest match is worth showing. */
export type LineProblem = Pick<ReplyProblem, 'fault' | 'message' | 'fix' | 'line'> & { readonly sought?: string }
type Problem = LineProblem

const ambiguous = (at: readonly number[]): Problem => ({
  fault: 'anchor_ambiguous',
  message: `the old lines occur more than once (at lines ${at.map((n) => n + 1).join(' and ')}, at least)`,
  fix: 'add lines around them until they occur once',
})

const missing = (lines: readonly string[]): Problem => ({
  fault: 'anchor_missing',
  message: 'the old lines are not in the file',
  fix: 'copy whole lines from the file, character by character',
  sought: lines.join('\n'),
})

const uncertain = (file: BaseFile, from: number, to: number): Problem => ({
  fault: 'whitespace',
  message: `the old lines are at line ${from + 1}, but with other white space, so that of the new lines is not certain`,
  fix: `copy the indentation and the blanks of the file: ${JSON.stringify(file.lines.slice(from, to).join('\n').slice(0, 200))}`,
})

/**
 * What stands against the place that was found: where the text is short or not exactly the file's, another place that
 * is one character away may as well be the one that was meant.
 */
const doubt = (
  finder: LineFinder,
  lines: readonly string[],
  { at, exact }: { at: number; exact: boolean },
): Problem | undefined => {
  if (exact && !isWeak(lines.join('\n'))) return undefined
  const twin = finder.twin(lines, at)
  if (twin === undefined) return undefined
  return {
    fault: 'anchor_ambiguous',
    message: `the old lines are at line ${at + 1}, but those at line ${twin + 1} are too much like them`,
    fix: 'copy more lines around them, character by character',
  }
}

/** A search/replace block as at most one operation on the lines that really differ. */
export const resolveLines = (
  file: BaseFile,
  finder: LineFinder,
  wanted: Extract<Wanted, { kind: 'lines' }>,
): { operations: Operation[] } | Problem => {
  const { search, replace } = wanted
  const { at, exact } = finder.find(search)
  if (at.length > 1) return ambiguous(at)
  const [from] = at
  if (from === undefined) return missing(search)
  const change = minimalChange(from, search, replace)
  if (change === undefined) return { operations: [] }
  const doubtful = doubt(finder, search, { at: from, exact })
  if (doubtful !== undefined) return doubtful
  const matched = file.lines.slice(from, from + search.length)
  const until = search.length - change.tail
  const drifted = search.slice(change.head, until).some((line, n) => stringDrifted(line, matched[change.head + n]!))
  const adapted = exact ? replace : adaptIndentation(search, matched, replace)
  if (drifted || adapted === undefined) return uncertain(file, from, from + search.length)
  const lines = adapted.slice(change.head, replace.length - change.tail)
  return { operations: [changeLines(file, { from: change.from, to: change.to, lines })] }
}

const oldRows = (hunk: Hunk): Row[] => hunk.rows.filter(({ sign }) => sign !== '+')
const oldLines = (hunk: Hunk): string[] => oldRows(hunk).map(({ text }) => text)

/**
 * Whether a diff is right to the last number: every count, and every line exactly where it says. Only then do its
 * line numbers tell two places apart.
 */
const isStrict = (file: BaseFile, hunks: readonly Hunk[]): boolean => {
  let shift = 0
  return hunks.every((hunk) => {
    const { stated, rows } = hunk
    if (stated === undefined) return false
    const old = oldLines(hunk)
    const fresh = rows.length - rows.filter(({ sign }) => sign === '-').length
    if (stated.oldCount !== old.length || stated.newCount !== fresh || old.length === 0) return false
    const newStart = stated.oldStart + shift - (fresh === 0 ? 1 : 0)
    shift += fresh - old.length
    return stated.newStart === newStart && old.every((line, n) => file.lines[stated.oldStart - 1 + n] === line)
  })
}

/** The groups of rows between context, each with its first old line, counted from the beginning of the hunk. */
const groupsOf = (rows: readonly Row[]): { from: number; removed: Row[]; added: Row[] }[] => {
  const groups: { from: number; removed: Row[]; added: Row[] }[] = []
  let line = 0
  let open = false
  for (const row of rows) {
    if (row.sign === ' ') open = false
    else {
      if (!open) groups.push({ from: line, removed: [], added: [] })
      open = true
      groups.at(-1)![row.sign === '-' ? 'removed' : 'added'].push(row)
    }
    if (row.sign !== '+') line++
  }
  return groups
}

/** Old lines that stand in one place and, but for one character, in the other place that the hunk's header names. */
const misplaced = (file: BaseFile, { stated, ...hunk }: Hunk, start: number): Problem | undefined => {
  const said = (stated?.oldStart ?? 0) - 1
  const old = oldRows({ ...hunk })
  if (said < 0 || said === start || said + old.length > file.lines.length) return undefined
  const odd = old.filter(({ text }, n) => file.lines[said + n] !== text)
  const alike = old.every(({ text }, n) => oneApart(text, file.lines[said + n]!))
  if (odd.length > 1 || !alike) return undefined
  return {
    fault: 'anchor_ambiguous',
    message: `the old lines are at line ${start + 1}, but the hunk says line ${said + 1}, and there they are almost the same`,
    fix: 'copy the old lines character by character, or correct the line number',
  }
}

const resolveHunk = (
  file: BaseFile,
  finder: LineFinder,
  hunk: Hunk,
  strict: boolean,
): { operations: Operation[] } | Problem => {
  const old = oldLines(hunk)
  const groups = groupsOf(hunk.rows)
  if (groups.length === 0) return { operations: [] }
  if (old.length === 0 && file.lines.length > 0) {
    return {
      fault: 'anchor_missing',
      message: 'the hunk has no old line, so its place is not certain',
      fix: 'add three lines of context',
    }
  }
  const { at, exact } = strict
    ? { at: [hunk.stated!.oldStart - 1], exact: true }
    : old.length === 0
      ? { at: [0], exact: true }
      : finder.find(old)
  if (at.length > 1) return ambiguous(at)
  const [start] = at
  if (start === undefined) return missing(old)
  const doubtful =
    strict || old.length === 0 ? undefined : (misplaced(file, hunk, start) ?? doubt(finder, old, { at: start, exact }))
  if (doubtful !== undefined) return doubtful
  const matched = file.lines.slice(start, start + old.length)
  const unsure = (): Problem => uncertain(file, start, start + old.length)
  const operations: Operation[] = []
  for (const { from, removed, added } of groups) {
    const wanted = added.map(({ text }) => text)
    if (removed.some(({ text }, n) => stringDrifted(text, matched[from + n]!))) return unsure()
    const lines = exact ? wanted : adaptIndentation(old, matched, wanted)
    if (lines === undefined) return unsure()
    const change = { from: start + from, to: start + from + removed.length, lines }
    const final = finalNewline(file, change.to, removed, added)
    const same = removed.length === wanted.length && lines.every((line, n) => line === file.lines[change.from + n])
    if (same && final === undefined) continue
    operations.push(changeLines(file, { ...change, ...(final !== undefined && { finalNewline: final }) }))
  }
  return { operations }
}

/** What "\ No newline at end of file" says about a change at the end, if it says that something changes. */
const finalNewline = (
  file: BaseFile,
  to: number,
  removed: readonly Row[],
  added: readonly Row[],
): boolean | undefined => {
  if (to !== file.lines.length || added.length === 0) return undefined
  const [before, after] = [removed.at(-1)?.noNewline ?? false, added.at(-1)!.noNewline]
  if (before === after || before === file.finalNewline) return undefined
  return !after
}

/** All hunks of one file. */
export const resolveHunks = (
  file: BaseFile,
  finder: LineFinder,
  hunks: readonly Hunk[],
): { operations: Operation[] } | Problem => {
  const strict = isStrict(file, hunks)
  const operations: Operation[] = []
  for (const hunk of hunks) {
    const resolved = resolveHunk(file, finder, hunk, strict)
    if (!('operations' in resolved)) return { ...resolved, line: hunk.line }
    operations.push(...resolved.operations)
  }
  return { operations }
}
