import type { Readable } from 'node:stream'

const HIGH_WATER_BYTES = 1 << 20

/** Joins streams into one iterable with a bounded store: a slow reader makes the writer wait, not the memory grow. */
export class OutputQueue<Item extends { readonly data: Uint8Array }> {
  readonly #items: Item[] = []
  readonly #streams: Readable[] = []
  #bytes = 0
  #wake: (() => void) | undefined
  #ended = false

  add(stream: Readable, wrap: (data: Buffer) => Item | undefined): void {
    this.#streams.push(stream)
    stream.on('error', () => {})
    stream.on('data', (data: Buffer) => {
      const item = wrap(data)
      if (!item) return
      this.#items.push(item)
      this.#bytes += item.data.length
      if (this.#bytes > HIGH_WATER_BYTES) this.#streams.forEach((each) => each.pause())
      this.#wake?.()
    })
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Nobody reads any more: what comes is dropped, so that the writer can end. */
  discard(): void {
    this.#items.length = 0
    this.#streams.forEach((stream) => stream.removeAllListeners('data').resume())
    this.end()
  }

  async *drain(): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      const item = this.#items.shift()
      if (item) {
        this.#bytes -= item.data.length
        if (this.#bytes <= HIGH_WATER_BYTES / 2) this.#streams.forEach((each) => each.resume())
        yield item
      } else if (this.#ended) {
        return
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve))
        this.#wake = undefined
      }
    }
  }
}
