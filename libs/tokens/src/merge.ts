import type { Encoding } from './encodings.ts'

/** Up to here looking for the lowest pair again and again is faster than a heap. */
const SHORT = 96

/** How many tokens become of the bytes of one piece of the split. */
export const countMerged = (encoding: Encoding, bytes: string): number =>
  bytes.length <= SHORT ? mergeShort(encoding, bytes) : mergeLong(encoding, bytes)

const mergeShort = ({ ranks }: Encoding, bytes: string): number => {
  const starts = Array.from({ length: bytes.length + 1 }, (_, at) => at)
  const rankAt = (index: number): number => {
    const end = starts[index + 2]
    return end === undefined ? Infinity : (ranks.get(bytes.slice(starts[index], end)) ?? Infinity)
  }
  const pairs = starts.map((_, index) => rankAt(index))
  for (;;) {
    let lowest = Infinity
    let at = -1
    for (let index = 0; index < pairs.length; index += 1) {
      if (pairs[index]! >= lowest) continue
      lowest = pairs[index]!
      at = index
    }
    if (at === -1) return starts.length - 1
    starts.splice(at + 1, 1)
    pairs.splice(at + 1, 1)
    pairs[at] = rankAt(at)
    if (at > 0) pairs[at - 1] = rankAt(at - 1)
  }
}

/** Room for a position within a key of the heap: ranks stay below 2^18, keys below 2^53. */
const POSITIONS = 2 ** 34

/** A binary heap of numbers, lowest first. */
class Heap {
  private readonly keys: Float64Array
  private size = 0

  constructor(capacity: number) {
    this.keys = new Float64Array(capacity)
  }

  push(key: number): void {
    const { keys } = this
    let at = this.size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (keys[parent]! <= key) break
      keys[at] = keys[parent]!
      at = parent
    }
    keys[at] = key
  }

  pop(): number | undefined {
    if (this.size === 0) return undefined
    const { keys } = this
    const lowest = keys[0]!
    const last = keys[--this.size]!
    let at = 0
    for (let child = 1; child < this.size; child = 2 * at + 1) {
      if (child + 1 < this.size && keys[child + 1]! < keys[child]!) child += 1
      if (keys[child]! >= last) break
      keys[at] = keys[child]!
      at = child
    }
    keys[at] = last
    return lowest
  }
}

/**
 * The same merges in the same order, in n log n: half a megabyte of one letter is a single piece, and looking for the
 * lowest pair anew each time would take hours.
 */
const mergeLong = ({ ranks, longest }: Encoding, bytes: string): number => {
  const size = bytes.length
  const ends = new Int32Array(size) // of the token that starts here; 0 once it is merged into the one before
  const previous = new Int32Array(size)
  const current = new Int32Array(size).fill(-1) // rank of the pair that starts here
  for (let at = 0; at < size; at += 1) {
    ends[at] = at + 1
    previous[at] = at - 1
  }
  const heap = new Heap(3 * size)
  const consider = (at: number): void => {
    const middle = ends[at]!
    const end = middle < size ? ends[middle]! : size + 1
    const rank = end > size || end - at > longest ? undefined : ranks.get(bytes.slice(at, end))
    current[at] = rank ?? -1
    if (rank !== undefined) heap.push(rank * POSITIONS + at)
  }
  for (let at = 0; at < size; at += 1) consider(at)
  let count = size
  for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
    const at = key % POSITIONS
    if (ends[at] === 0 || current[at] !== Math.floor(key / POSITIONS)) continue
    const middle = ends[at]!
    const end = ends[middle]!
    ends[at] = end
    ends[middle] = 0
    if (end < size) previous[end] = at
    count -= 1
    consider(at)
    if (previous[at]! >= 0) consider(previous[at]!)
  }
  return count
}
