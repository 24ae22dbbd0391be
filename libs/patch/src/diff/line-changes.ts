import { diffArrays } from 'diff'

/** Lines `from` to `to` of the old text, counted from 0, became lines `newFrom` to `newTo` of the new one. */
export interface LineChange {
  readonly from: number
  readonly to: number
  readonly newFrom: number
  readonly newTo: number
}

/** Beyond so many added and removed lines the shortest script costs more than it tells. */
const MAX_EDIT_LENGTH = 2_000

/** A stretch of both texts. */
interface Stretch {
  a: number
  aEnd: number
  b: number
  bEnd: number
}

/** A change of up to so many lines is looked for where it is followed by so many equal ones. */
const [MOST_IN_STEP, STEADY] = [32, 8]

/**
 * What changed between two lists of lines, in order, with at least one equal line between two changes. Lines that occur
 * once on both sides hold the texts together (patience diff, Bram Cohen); between them the script is the shortest, unless
 * it were very long. Time is n log n where such lines are found, and that of reading both where lines were only replaced.
 */
export const lineChanges = (before: readonly string[], after: readonly string[]): LineChange[] =>
  [...outOfStep(before, after)].flatMap((stretch) => changesIn(before, after, stretch))

/** The stretches that differ. The last one reaches to the end when lines were added or removed: the rest is not in step. */
function* outOfStep(before: readonly string[], after: readonly string[]): Generator<Stretch> {
  const shortest = Math.min(before.length, after.length)
  const isSteady = (at: number): boolean => {
    for (let line = at; line < at + STEADY; line++) if (before[line] !== after[line]) return false
    return true
  }
  for (let at = 0; at < before.length || at < after.length; at++) {
    if (at < shortest && before[at] === after[at]) continue
    let end = at + 1
    while (end < at + MOST_IN_STEP && end + STEADY <= shortest && !isSteady(end)) end++
    const isFound = end < at + MOST_IN_STEP && end + STEADY <= shortest
    const [aEnd, bEnd] = isFound ? [end, end] : [before.length, after.length]
    yield { a: at, aEnd, b: at, bEnd }
    if (!isFound) return
    at = end - 1
  }
}

const changesIn = (
  before: readonly string[],
  after: readonly string[],
  { a, aEnd, b, bEnd }: Stretch,
): LineChange[] => {
  if (aEnd - a === 1 && bEnd - b === 1) return [{ from: a, to: aEnd, newFrom: b, newTo: bEnd }]
  const ids = new Map<string, number>()
  const idsOf = (lines: readonly string[]): Int32Array =>
    Int32Array.from(lines, (line) => {
      const known = ids.get(line)
      if (known !== undefined) return known
      ids.set(line, ids.size)
      return ids.size - 1
    })
  const [old, now] = [idsOf(before.slice(a, aEnd)), idsOf(after.slice(b, bEnd))]
  return new Comparison(old, now, ids.size)
    .changes()
    .map(({ from, to, newFrom, newTo }) => ({ from: from + a, to: to + a, newFrom: newFrom + b, newTo: newTo + b }))
}

class Comparison {
  readonly #a: Int32Array
  readonly #b: Int32Array
  /** By line: how often it was met on a side, and where; cleaned after each use. */
  readonly #inA: Int32Array
  readonly #inB: Int32Array
  readonly #placeInB: Int32Array
  readonly #found: LineChange[] = []

  constructor(a: Int32Array, b: Int32Array, lines: number) {
    this.#a = a
    this.#b = b
    this.#inA = new Int32Array(lines)
    this.#inB = new Int32Array(lines)
    this.#placeInB = new Int32Array(lines)
  }

  changes(): LineChange[] {
    const waiting: Stretch[] = [{ a: 0, aEnd: this.#a.length, b: 0, bEnd: this.#b.length }]
    for (let stretch = waiting.pop(); stretch; stretch = waiting.pop()) {
      this.#trim(stretch)
      const { a, aEnd, b, bEnd } = stretch
      if (a === aEnd && b === bEnd) continue
      if (a === aEnd || b === bEnd) {
        this.#found.push({ from: a, to: aEnd, newFrom: b, newTo: bEnd })
        continue
      }
      const parts = this.#split(stretch)
      if (parts.length === 0) this.#compare(stretch)
      else waiting.push(...parts.reverse()) // the first is taken next, so changes are found in order
    }
    return this.#found
  }

  #trim(stretch: Stretch): void {
    const [a, b] = [this.#a, this.#b]
    while (stretch.a < stretch.aEnd && stretch.b < stretch.bEnd && a[stretch.a] === b[stretch.b]) {
      stretch.a++
      stretch.b++
    }
    while (stretch.a < stretch.aEnd && stretch.b < stretch.bEnd && a[stretch.aEnd - 1] === b[stretch.bEnd - 1]) {
      stretch.aEnd--
      stretch.bEnd--
    }
  }

  /** The stretches between lines that both sides have once, in order; none where there is no such line. */
  #split({ a, aEnd, b, bEnd }: Stretch): Stretch[] {
    const parts: Stretch[] = []
    let [fromA, fromB] = [a, b]
    const anchors = this.#anchors({ a, aEnd, b, bEnd })
    for (const at of anchors) {
      const place = this.#placeInB[this.#a[at]!]!
      if (at > fromA || place > fromB) parts.push({ a: fromA, aEnd: at, b: fromB, bEnd: place })
      fromA = at + 1
      fromB = place + 1
    }
    if (anchors.length > 0) parts.push({ a: fromA, aEnd, b: fromB, bEnd })
    return parts
  }

  /** Places in the old text of a longest row of lines that occur once on both sides and are in the same order. */
  #anchors({ a, aEnd, b, bEnd }: Stretch): number[] {
    for (let at = a; at < aEnd; at++) this.#inA[this.#a[at]!]!++
    for (let at = b; at < bEnd; at++) {
      this.#inB[this.#b[at]!]!++
      this.#placeInB[this.#b[at]!] = at
    }
    const unique: number[] = []
    for (let at = a; at < aEnd; at++) {
      const line = this.#a[at]!
      if (this.#inA[line] === 1 && this.#inB[line] === 1) unique.push(at)
    }
    for (let at = a; at < aEnd; at++) this.#inA[this.#a[at]!] = 0
    for (let at = b; at < bEnd; at++) this.#inB[this.#b[at]!] = 0
    return longestRising(unique, (at) => this.#placeInB[this.#a[at]!]!)
  }

  #compare({ a, aEnd, b, bEnd }: Stretch): void {
    const [old, now] = [Array.from(this.#a.subarray(a, aEnd)), Array.from(this.#b.subarray(b, bEnd))]
    const parts = diffArrays(old, now, { maxEditLength: MAX_EDIT_LENGTH })
    if (parts === undefined) {
      this.#found.push({ from: a, to: aEnd, newFrom: b, newTo: bEnd })
      return
    }
    let [from, newFrom] = [a, b]
    let [to, newTo] = [a, b]
    const close = (): void => {
      if (to > from || newTo > newFrom) this.#found.push({ from, to, newFrom, newTo })
    }
    for (const { count, added, removed } of parts) {
      if (added) newTo += count
      else if (removed) to += count
      else {
        close()
        from = to += count
        newFrom = newTo += count
      }
    }
    close()
  }
}

/** A longest selection of the items, in order, whose values rise (patience sorting). */
const longestRising = (items: readonly number[], valueOf: (item: number) => number): number[] => {
  const tops: number[] = [] // by length: the place of the item that ends the best selection of that length
  const before = new Int32Array(items.length)
  const values = Int32Array.from(items, valueOf)
  for (let at = 0; at < items.length; at++) {
    let [low, high] = [0, tops.length]
    if (high > 0 && values[tops[high - 1]!]! < values[at]!) low = high
    while (low < high) {
      const middle = (low + high) >> 1
      if (values[tops[middle]!]! < values[at]!) low = middle + 1
      else high = middle
    }
    before[at] = low > 0 ? tops[low - 1]! : -1
    tops[low] = at
  }
  const chosen: number[] = []
  for (let at = tops.at(-1) ?? -1; at >= 0; at = before[at]!) chosen.push(items[at]!)
  return chosen.reverse()
}
