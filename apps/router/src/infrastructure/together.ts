import { setImmediate as nextTurn } from 'node:timers/promises'

interface Batch<Item, Answer> {
  readonly items: Item[]
  readonly answers: Promise<readonly Answer[]>
}

/** Sends what comes for one key within one turn of the event loop as one: a command costs many times what an item does. */
export class Together<Item, Answer> {
  readonly #send: (key: string, items: readonly Item[]) => Promise<readonly Answer[]>
  /** Not sent yet. */
  readonly #batches = new Map<string, Batch<Item, Answer>>()

  /** @param send answers for each item, in the same order */
  constructor(send: (key: string, items: readonly Item[]) => Promise<readonly Answer[]>) {
    this.#send = send
  }

  /** @throws whatever the sending of the item, and of those that went with it, throws */
  async add(key: string, item: Item): Promise<Answer> {
    const { items, answers } = this.#batches.get(key) ?? this.#begin(key)
    const at = items.push(item) - 1
    return (await answers)[at]!
  }

  #begin(key: string): Batch<Item, Answer> {
    const items: Item[] = []
    const answers = nextTurn().then(() => {
      this.#batches.delete(key)
      return this.#send(key, items)
    })
    const batch = { items, answers }
    this.#batches.set(key, batch)
    return batch
  }
}
