import { asBuffer, type ByteRange, type Patch, type Tree } from '@iama/patch'

import type { ChangedLines } from '../types.ts'

const NEWLINE = 10

/** 1-based lines that hold any of some bytes; an empty range is on the line that it stands in. */
const linesIn = (content: Buffer, ranges: readonly ByteRange[]): number[] => {
  const starts = [0]
  for (let at = content.indexOf(NEWLINE); at !== -1; at = content.indexOf(NEWLINE, at + 1)) starts.push(at + 1)
  const lineOf = (offset: number): number => starts.findLastIndex((start) => start <= offset) + 1
  const lines = ranges.flatMap(({ start, end }) => {
    const first = lineOf(start)
    return Array.from({ length: lineOf(Math.max(start, end - 1)) - first + 1 }, (_, at) => first + at)
  })
  return [...new Set(lines)].sort((one, other) => one - other)
}

/** Lines of the files as they are that the edits of a patch touch; files that a patch makes have none. */
export const changedLines = (tree: Tree, patch: Patch): ChangedLines[] => {
  const ranges = new Map<string, ByteRange[]>()
  for (const operation of patch.edits.flatMap(({ operations }) => operations)) {
    if (!('anchor' in operation) || operation.range === undefined) continue
    const known = ranges.get(operation.path) ?? []
    ranges.set(operation.path, known)
    known.push(operation.range)
  }
  return [...ranges]
    .map(([path, found]) => ({ path, lines: linesIn(asBuffer(tree.get(path)!.content), found) }))
    .sort((one, other) => (one.path < other.path ? -1 : 1))
}
