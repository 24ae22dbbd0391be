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
  /** How long the first item of a transaction waits for others, in milliseconds. */
  readonly windowMs?: number
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
  timer: NodeJS.Timeout | undefined
}

/**
 * Puts what comes at about the same time into one transaction, for each group one at a time. What comes alone is written
 * at once; only while a group is busy its items wait for each other.
 */
export class GroupCommit<Item, Result> {
  readonly #commit: GroupCommitOptions<Item, Result>['commit']
  readonly #windowMs: number
  readonly #mostTogether: number
  readonly #mostWaiting: number
  /** Those that are busy, or were a moment ago. */
  readonly #groups = new Map<string, Group<Item, Result>>()
  #size = 0

  constructor({ commit, windowMs = 5, mostTogether = 200, mostWaiting = 10_000 }: GroupCommitOptions<Item, Result>) {
    this.#commit = commit
    this.#windowMs = windowMs
    this.#mostTogether = mostTogether
    this.#mostWaiting = mostWaiting
  }

  /** @throws WriterBusy; whatever the commit of this very item throws */
  async add(name: string, item: Item): Promise<Result> {
    if (this.#size >= this.#mostWaiting) throw new WriterBusy(this.#size)
    this.#size++
    try {
      return await new Promise<Result>((resolve, reject) => {
        const known = this.#groups.get(name)
        const group = known ?? { waiting: [], isWriting: false, timer: undefined }
        group.waiting.push({ item, resolve, reject })
        if (!known) this.#groups.set(name, group)
        if (!known || group.waiting.length >= this.#mostTogether) this.#write(name, group)
        else if (group.waiting.length === 1) this.#later(name, group)
      })
    } finally {
      this.#size--
    }
  }

  #later(name: string, group: Group<Item, Result>): void {
    clearTimeout(group.timer)
    group.timer = setTimeout(() => this.#write(name, group), this.#windowMs)
  }

  #write(name: string, group: Group<Item, Result>): void {
    if (group.isWriting) return
    clearTimeout(group.timer)
    const batch = group.waiting.splice(0, this.#mostTogether)
    if (batch.length === 0) {
      this.#groups.delete(name) // it was quiet for a while: the next is written at once
      return
    }
    group.isWriting = true
    void this.#writeAll(name, batch).then(() => {
      group.isWriting = false
      // who comes one after the other waits for nobody
      const isBusy = batch.length > 1 || group.waiting.length > 0
      if (isBusy && group.waiting.length < this.#mostTogether) this.#later(name, group)
      else this.#write(name, group)
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
