/** A page of a bucket's list: some keys in order, and whether others follow. */
export interface Page {
  readonly keys: readonly string[]
  readonly more: boolean
}

/** The keys in the order of a bucket's list, cut into so many runs. */
export const lanesOf = (keys: readonly string[], lanes: number): string[][] => {
  // All keys are ASCII, so the order of code units is that of the bucket's bytes.
  const sorted = [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1))
  const length = Math.ceil(sorted.length / lanes)
  return Array.from({ length: lanes }, (_, lane) => sorted.slice(lane * length, (lane + 1) * length)).filter(
    (lane) => lane.length > 0,
  )
}

/** What all keys of a sorted run begin with: a list needs to look at nothing else. */
export const sharedStart = (sorted: readonly string[]): string => {
  const [first, last] = [sorted[0] ?? '', sorted.at(-1) ?? '']
  let length = 0
  while (length < first.length && first[length] === last[length]) length += 1
  return first.slice(0, length)
}

/** Where, from an index on, the first key stands that a list which ended with `last` has not reached. */
export const firstAfter = (sorted: readonly string[], from: number, last: string): number => {
  let [low, high] = [from, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! <= last) low = middle + 1
    else high = middle
  }
  return low
}
