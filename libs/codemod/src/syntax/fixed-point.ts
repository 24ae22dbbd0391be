/**
 * Solves values that depend on each other, in circles too, as a least fixed point: every step only adds bits, so the
 * loop ends, and what it ends with covers all.
 */
export class FixedPoint<Key> {
  private readonly solved = new Map<Key, number>()
  private readonly assumed = new Map<Key, number>()
  private visited: Set<Key> | undefined
  private changed = false

  /** @param compute may ask for the same or other keys; it gets what is known of them so far */
  solve(key: Key, compute: () => number): number {
    const known = this.solved.get(key)
    if (known !== undefined) return known
    if (this.visited === undefined) return this.iterate(key, compute)
    if (this.visited.has(key)) return this.assumed.get(key) ?? 0
    this.visited.add(key)
    const before = this.assumed.get(key) ?? 0
    const after = before | compute()
    if (after !== before || !this.assumed.has(key)) {
      this.assumed.set(key, after)
      this.changed = true
    }
    return after
  }

  private iterate(key: Key, compute: () => number): number {
    do {
      this.changed = false
      this.visited = new Set()
      this.solve(key, compute)
    } while (this.changed)
    this.visited = undefined
    for (const [each, bits] of this.assumed) this.solved.set(each, bits)
    this.assumed.clear()
    return this.solved.get(key)!
  }
}
