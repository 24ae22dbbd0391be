import { differingStretches } from './compare-lines.ts'
import { areLinesEqual, equalLines, lineEnd, lineStarts } from './text-lines.ts'

/** A part of a text and what it became: lines, counted from 0, and bytes. */
export interface LineChange {
  readonly from: number
  readonly to: number
  readonly newFrom: number
  readonly newTo: number
  readonly start: number
  readonly end: number
  readonly newStart: number
  readonly newEnd: number
}

/** Parts of both texts that begin with the same number of a line. */
interface Part {
  readonly line: number
  readonly start: number
  readonly end: number
  readonly newStart: number
  readonly newEnd: number
}

/** A change of fewer than so many lines is looked for where it is followed by so many equal ones. */
const [MOST_IN_STEP, STEADY] = [32, 8]

/**
 * What changed between two texts, in order, with at least one equal line between two changes. Where lines were only
 * replaced, equal bytes are passed over and nothing is split; the rest is compared line by line (`differingStretches`).
 */
export const lineChanges = (before: Buffer, after: Buffer): LineChange[] =>
  [...outOfStep(before, after)].flatMap((part) => changesIn(before, after, part))

/** The parts that differ. The last one reaches to the end when lines were added or removed: the rest is not in step. */
function* outOfStep(before: Buffer, after: Buffer): Generator<Part> {
  let [line, start, newStart] = [0, 0, 0]
  for (;;) {
    const same = equalLines(before, start, after, newStart)
    line += same.lines
    start += same.bytes
    newStart += same.bytes
    if (start === before.length && newStart === after.length) return
    const found = replacedLines(before, start, after, newStart)
    if (!found) return yield { line, start, end: before.length, newStart, newEnd: after.length }
    const { lines, end, newEnd } = found
    yield { line, start, end, newStart, newEnd }
    line += lines
    start = end
    newStart = newEnd
  }
}

/** The fewest lines that are followed by equal ones again. */
const replacedLines = (before: Buffer, start: number, after: Buffer, newStart: number) => {
  let [end, newEnd] = [start, newStart]
  for (let lines = 1; lines < MOST_IN_STEP; lines++) {
    end = lineEnd(before, end)
    newEnd = lineEnd(after, newEnd)
    if (areLinesEqual(before, end, after, newEnd, STEADY)) return { lines, end, newEnd }
  }
  return undefined
}

const changesIn = (before: Buffer, after: Buffer, part: Part): LineChange[] => {
  const { line, start, end, newStart, newEnd } = part
  if (lineEnd(before, start) === end && lineEnd(after, newStart) === newEnd && start < end && newStart < newEnd) {
    return [{ from: line, to: line + 1, newFrom: line, newTo: line + 1, start, end, newStart, newEnd }]
  }
  const [starts, newStarts] = [lineStarts(before, start, end), lineStarts(after, newStart, newEnd)]
  return differingStretches(linesIn(before, starts), linesIn(after, newStarts)).map(({ a, aEnd, b, bEnd }) => ({
    ...{ from: line + a, to: line + aEnd, newFrom: line + b, newTo: line + bEnd },
    ...{ start: starts[a]!, end: starts[aEnd]!, newStart: newStarts[b]!, newEnd: newStarts[bEnd]! },
  }))
}

/** A character for each byte: to be compared, not to be read. */
const linesIn = (text: Buffer, starts: readonly number[]): string[] =>
  starts.slice(1).map((end, at) => text.toString('latin1', starts[at], end))
