const LF = 10

/** Where the line that starts there ends, its LF included; the last one may have none. */
export const lineEnd = (text: Buffer, at: number): number => text.indexOf(LF, at) + 1 || text.length

/** Where the line before this start of a line starts. */
export const lineBefore = (text: Buffer, at: number): number => (at < 2 ? 0 : text.lastIndexOf(LF, at - 2) + 1)

/** Where the lines of a part start, and its end. */
export const lineStarts = (text: Buffer, start: number, end: number): number[] => {
  const starts = [start]
  for (let at = start; at < end;) {
    at = lineEnd(text, at)
    starts.push(at)
  }
  return starts
}

const areEqual = (before: Buffer, at: number, after: Buffer, newAt: number, bytes: number): boolean =>
  before.compare(after, newAt, newAt + bytes, at, at + bytes) === 0

/** Bytes that are compared at once: a call costs as much as to look at some hundred of them. */
const AT_ONCE = 512

const equalBytes = (before: Buffer, at: number, after: Buffer, newAt: number): number => {
  const most = Math.min(before.length - at, after.length - newAt)
  let same = 0
  while (same + AT_ONCE <= most && areEqual(before, at + same, after, newAt + same, AT_ONCE)) same += AT_ONCE
  while (same < most && before[at + same] === after[newAt + same]) same++
  return same
}

/** Bytes that are looked through as one text: a line's end is found there in half the time that it takes in a buffer. */
const LOOKED_THROUGH = 65_536

/** How many lines end in a part that begins with one, and how many bytes these have. */
const wholeLines = (text: Buffer, start: number, end: number) => {
  let lines = 0
  let last = start
  for (let at = start; at < end; at += LOOKED_THROUGH) {
    const piece = text.toString('latin1', at, Math.min(end, at + LOOKED_THROUGH))
    for (let next = piece.indexOf('\n'); next >= 0; next = piece.indexOf('\n', next + 1)) {
      lines++
      last = at + next + 1
    }
  }
  return { lines, bytes: last - start }
}

/** How many whole lines are the same from two starts of lines on, and how many bytes they have. */
export const equalLines = (before: Buffer, at: number, after: Buffer, newAt: number) => {
  const same = equalBytes(before, at, after, newAt)
  const end = at + same
  if (end === before.length && newAt + same === after.length) {
    return { lines: lineStarts(before, at, end).length - 1, bytes: same }
  }
  return wholeLines(before, at, end)
}

/** Whether so many lines follow on both sides, the same ones. */
export const areLinesEqual = (before: Buffer, at: number, after: Buffer, newAt: number, lines: number): boolean => {
  let end = at
  for (let line = 0; line < lines; line++) {
    if (end === before.length) return false
    end = lineEnd(before, end)
  }
  const newEnd = newAt + end - at
  if (newEnd > after.length || !areEqual(before, at, after, newAt, end - at)) return false
  return before[end - 1] === LF || newEnd === after.length
}
