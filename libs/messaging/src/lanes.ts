interface Lane<Item> {
  readonly items: Item[]
  /** Being worked on, or waiting for its next attempt. */
  busy: boolean
}

export interface LanesOptions<Item> {
  /** Items worked on at once, each of another lane. */
  readonly width: number
  /** The lane of an item: items of one lane are worked on one after the other, in the order in which they came. */
  readonly laneOf: (item: Item) => string
  /** Items beside which nothing else is worked on; none when absent. */
  readonly alone?: (item: Item) => boolean
  /**
   * Works on one item; it must not reject. A number keeps the item at the head of its lane and tries again after so
   * many milliseconds, while the other lanes go on.
   */
  readonly work: (item: Item) => Promise<number | undefined>
}

/** Works on many things at once and on related ones in order. Holds whatever is put in: the caller bounds `size`. */
export class Lanes<Item> {
  readonly #options: LanesOptions<Item>
  readonly #lanes = new Map<string, Lane<Item>>()
  /** Lanes with something to do that nobody works on, oldest first. */
  readonly #ready = new Set<string>()
  readonly #pauses = new Map<string, NodeJS.Timeout>()
  #working = 0
  #aloneNow = false
  #size = 0
  #closed = false
  #idle: (() => void)[] = []

  constructor(options: LanesOptions<Item>) {
    this.#options = options
  }

  /** Items that are not finished. */
  get size(): number {
    return this.#size
  }

  add(item: Item): void {
    if (this.#closed) return
    const key = this.#options.laneOf(item)
    let lane = this.#lanes.get(key)
    if (!lane) this.#lanes.set(key, (lane = { items: [], busy: false }))
    lane.items.push(item)
    this.#size += 1
    if (!lane.busy) this.#ready.add(key)
    this.#fill()
  }

  /**
   * Begins nothing more and resolves when what had begun has ended.
   * @returns the items that were not finished
   */
  async close(): Promise<Item[]> {
    this.#closed = true
    for (const pause of this.#pauses.values()) clearTimeout(pause)
    this.#pauses.clear()
    if (this.#working > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
    return [...this.#lanes.values()].flatMap(({ items }) => items)
  }

  #fill(): void {
    for (const key of this.#ready) {
      if (this.#closed || this.#aloneNow || this.#working >= this.#options.width) return
      const lane = this.#lanes.get(key)!
      const alone = this.#options.alone?.(lane.items[0]!) ?? false
      // it is the oldest that is ready: what waits behind it begins after it
      if (alone && this.#working > 0) return
      this.#ready.delete(key)
      this.#aloneNow = alone
      void this.#workOn(key, lane)
    }
  }

  async #workOn(key: string, lane: Lane<Item>): Promise<void> {
    lane.busy = true
    this.#working += 1
    const retryMs = await this.#options.work(lane.items[0]!)
    this.#working -= 1
    this.#aloneNow = false
    if (retryMs === undefined) {
      lane.items.shift()
      this.#size -= 1
      this.#release(key, lane)
    } else if (!this.#closed) {
      this.#pauses.set(
        key,
        setTimeout(() => {
          this.#pauses.delete(key)
          this.#release(key, lane)
        }, retryMs),
      )
    }
    this.#fill()
    if (this.#working === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #release(key: string, lane: Lane<Item>): void {
    lane.busy = false
    if (lane.items.length > 0) this.#ready.add(key)
    else this.#lanes.delete(key)
    this.#fill()
  }
}
