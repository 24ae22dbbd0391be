import { diffArrays } from 'diff'

/** Beyond so many added and removed lines the shortest script costs more than it tells. */
const MAX_EDIT_LENGTH = 2_000

/** Items `a` to `aEnd` of one list, and `b` to `bEnd` of the other. */
export interface Stretch {
  a: number
  aEnd: number
  b: number
  bEnd: number
}

/**
 * The stretches in which two lists differ, in order, with at least one equal line between two of them. Lines that occur
 * once on both sides hold the lists together (patience diff, Bram Cohen); between them the script is the shortest, unless
 * it were very long. Time is n log n where such lines are found.
 */
export const differingStretches = (before: readonly string[], after: readonly string[]): Stretch[] => {
  const ids = new Map<string, number>()
  const idsOf = (lines: readonly string[]): Int32Array =>
    Int32Array.from(lines, (line) => {
      const known = ids.get(line)
      if (known !== undefined) return known
      ids.set(line, ids.size)
      return ids.size - 1
    })
  const [old, now] = [idsOf(before), idsOf(after)]
  return new Comparison(old, now, ids.size).differences()
}

class Comparison {
  readonly #a: Int32Array
  readonly #b: Int32Array
  /** By line: how often it was met on a side, and where; cleaned after each use. */
  readonly #inA: Int32Array
  readonly #inB: Int32Array
  readonly #placeInB: Int32Array
  readonly #found: Stretch[] = []

  constructor(a: Int32Array, b: Int32Array, lines: number) {
    this.#a = a
    this.#b = b
    this.#inA = new Int32Array(lines)
    this.#inB = new Int32Array(lines)
    this.#placeInB = new Int32Array(lines)
  }

  differences(): Stretch[] {
    const waiting: Stretch[] = [{ a: 0, aEnd: this.#a.length, b: 0, bEnd: this.#b.length }]
    for (let stretch = waiting.pop(); stretch; stretch = waiting.pop()) {
      this.#trim(stretch)
      const { a, aEnd, b, bEnd } = stretch
      if (a === aEnd && b === bEnd) continue
      if (a === aEnd || b === bEnd) {
        this.#found.push(stretch)
        continue
      }
      const parts = this.#split(stretch)
      if (parts.length === 0) this.#compare(stretch)
      else waiting.push(...parts.reverse()) // the first is taken next, so differences are found in order
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

  #compare(stretch: Stretch): void {
    const { a, aEnd, b, bEnd } = stretch
    const [old, now] = [Array.from(this.#a.subarray(a, aEnd)), Array.from(this.#b.subarray(b, bEnd))]
    const parts = diffArrays(old, now, { maxEditLength: MAX_EDIT_LENGTH })
    if (parts === undefined) {
      this.#found.push(stretch)
      return
    }
    const found: Stretch = { a, aEnd: a, b, bEnd: b }
    const close = (): void => {
      if (found.aEnd > found.a || found.bEnd > found.b) this.#found.push({ ...found })
    }
    for (const { count, added, removed } of parts) {
      if (added) found.bEnd += count
      else if (removed) found.aEnd += count
      else {
        close()
        found.a = found.aEnd += count
        found.b = found.bEnd += count
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
