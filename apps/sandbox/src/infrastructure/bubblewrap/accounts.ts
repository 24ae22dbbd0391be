import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The account that a sandbox's processes have outside the namespace. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

interface UidRange {
  readonly first: number
  readonly count: number
}

/** Where no ordinary account lives; the smaller one is for containers that map only 65,536 ids. */
const RANGES: readonly UidRange[] = [
  { first: 1_500_000_000, count: 100_000_000 },
  { first: 30_000, count: 30_000 },
]

const usableRange = (uidMap: string): UidRange | undefined =>
  RANGES.find((range) =>
    uidMap
      .trim()
      .split('\n')
      .some((line) => {
        const [inside = 0, , length = 0] = line.trim().split(/\s+/).map(Number)
        return inside <= range.first && range.first + range.count <= inside + length
      }),
  )

/**
 * Gives every sandbox an own uid when the service runs as root: the kernel ignores process limits for root, and
 * nothing that a sandbox writes should belong to root. Other users keep their own account.
 * Ids follow from the sandbox's id, so that replicas on one machine agree without talking.
 */
export class Accounts {
  readonly #range: UidRange | undefined
  readonly #taken = new Map<string, number>()

  constructor(isRoot: boolean, uidMap = readFileSync('/proc/self/uid_map', 'utf8')) {
    this.#range = isRoot ? usableRange(uidMap) : undefined
  }

  /** Whether sandboxes run under accounts of their own. */
  get separate(): boolean {
    return this.#range !== undefined
  }

  claim(id: string): Account | undefined {
    if (!this.#range) return undefined
    const { first, count } = this.#range
    let offset = createHash('sha256').update(id).digest().readUIntBE(0, 6) % count
    const used = new Set(this.#taken.values())
    while (used.has(first + offset)) offset = (offset + 1) % count
    this.#taken.set(id, first + offset)
    return { uid: first + offset, gid: first + offset }
  }

  release(id: string): void {
    this.#taken.delete(id)
  }
}
