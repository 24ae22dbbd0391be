/** A small seeded generator (mulberry32): the same seed gives the same choices on every machine. */
export class Seeded {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** A number in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  pick<Item>(list: readonly Item[]): Item {
    return list[this.below(list.length)]!
  }
}

/** At most `limit` of the list, evenly spaced and in order. */
export const spread = <Item>(list: readonly Item[], limit: number): readonly Item[] =>
  list.length <= limit ? list : Array.from({ length: limit }, (_, i) => list[Math.floor((i * list.length) / limit)]!)
