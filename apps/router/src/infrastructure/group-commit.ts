import { DomainError } from '@iama/kernel'

/** More is to be written than the database takes. */
export class WriterBusy extends DomainError {
  readonly code = 'WRITER_BUSY'
  override readonly kind = 'unavailable'

  constructor(waiting: number) {
    super(`${waiting} rows wait for the database already; try again in a while`)
  }
}

export interface GroupCommitOptions<Item, Result> {
  /** Writes items of one group in one transaction, and answers for each in the same order. */
  readonly commit: (group: string, items: readonly Item[]) => Promise<readonly Result[]>
  /** Items of one transaction. */
  readonly mostTogether?: number
  /** Items that wait or are being written. */
  readonly mostWaiting?: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

interface Group<Item, Result> {
  waiting: Waiting<Item, Result>[]
  isWriting: boolean
  /** When the most impatient of those that wait is to be written, by the clock of `performance`. */
  due: number
  timer: NodeJS.Timeout | undefined
}

/**
 * Puts what comes at about the same time into one transaction, for each group one at a time: a transaction costs many
 * times what a row of it costs.
 */
export class GroupCommit<Item, Result> {
  readonly #commit: GroupCommitOptions<Item, Result>['commit']
  readonly #mostTogether: number
  readonly #mostWaiting: number
  /** Those in which something waits or is being written. */
  readonly #groups = new Map<string, Group<Item, Result>>()
  #size = 0

  constructor({ commit, mostTogether = 500, mostWaiting = 10_000 }: GroupCommitOptions<Item, Result>) {
    this.#commit = commit
    this.#mostTogether = mostTogether
    this.#mostWaiting = mostWaiting
  }

  /**
   * @param patienceMs how long the item may wait for others
   * @throws WriterBusy; whatever the commit of this very item throws
   */
  async add(name: string, item: Item, patienceMs: number): Promise<Result> {
    if (this.#size >= this.#mostWaiting) throw new WriterBusy(this.#size)
    this.#size++
    try {
      return await new Promise<Result>((resolve, reject) => {
        const group = this.#groups.get(name) ?? { waiting: [], isWriting: false, due: Infinity, timer: undefined }
        this.#groups.set(name, group)
        group.waiting.push({ item, resolve, reject })
        const due = group.waiting.length < this.#mostTogether ? performance.now() + patienceMs : 0
        if (due >= group.due) return
        group.due = due
        this.#plan(name, group)
      })
    } finally {
      this.#size--
    }
  }

  #plan(name: string, group: Group<Item, Result>): void {
    if (group.isWriting) return
    clearTimeout(group.timer)
    group.timer = setTimeout(() => this.#write(name, group), Math.max(0, group.due - performance.now()))
  }

  #write(name: string, group: Group<Item, Result>): void {
    const batch = group.waiting.splice(0, this.#mostTogether)
    if (group.waiting.length === 0) group.due = Infinity
    group.isWriting = true
    void this.#writeAll(name, batch).then(() => {
      group.isWriting = false
      if (group.waiting.length > 0) this.#plan(name, group)
      else this.#groups.delete(name)
    })
  }

  async #writeAll(name: string, batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#commit(
        name,
        batch.map(({ item }) => item),
      )
      batch.forEach(({ resolve }, at) => resolve(results[at]!))
    } catch (error) {
      // one that the database refuses must not take the others with it; a database that is away refuses them all
      if (batch.length === 1 || error instanceof DomainError) for (const { reject } of batch) reject(error)
      else for (const one of batch) await this.#writeAll(name, [one])
    }
  }
}
