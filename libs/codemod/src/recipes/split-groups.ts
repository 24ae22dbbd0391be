import type { Binding } from '../syntax/scopes.ts'
import { within } from '../syntax/nodes.ts'
import type { Part } from './split-parts.ts'

/** Lines of code that both files hold at least: less is no reason for a file. */
export const LEAST_LINES = 50
/** A group of one function is a matter of moving, not of splitting. */
const LEAST_FUNCTIONS = 2

/** Declarations that can leave together: all that they use leaves with them. */
export interface Group {
  /** In the order of the file. */
  readonly parts: readonly Part[]
  /** Those that the rest of the file uses. */
  readonly wanted: readonly Part[]
  readonly code: number
}

/** A declaration with all that it uses; undefined where something of that has to stay. */
const closures = (
  parts: readonly Part[],
  rootOf: ReadonlyMap<Binding, Part>,
  isLocal: (binding: Binding) => boolean,
) => {
  const known = new Map<Part, ReadonlySet<Part> | undefined>()
  for (const part of parts) {
    const found = new Set<Part>()
    const queue = [part]
    let isFree = true
    for (let next = queue.pop(); next && isFree; next = queue.pop()) {
      if (found.has(next)) continue
      found.add(next)
      if (next.problem !== undefined) isFree = false
      for (const binding of next.uses) {
        const used = rootOf.get(binding)
        if (used) queue.push(used)
        else if (isLocal(binding)) isFree = false
      }
    }
    known.set(part, isFree ? found : undefined)
  }
  return known
}

class Search {
  private readonly parts: readonly Part[]
  private readonly total: number
  private readonly free: ReadonlyMap<Part, ReadonlySet<Part> | undefined>
  private readonly users = new Map<Part, Part[]>()
  /** Declarations that code outside of all declarations uses. */
  private readonly usedOutside: ReadonlySet<Part>

  constructor(parts: readonly Part[], total: number, isLocal: (binding: Binding) => boolean) {
    this.parts = parts
    this.total = total
    const rootOf = new Map(parts.map((part) => [part.binding, part]))
    this.free = closures(parts, rootOf, isLocal)
    for (const part of parts) {
      for (const binding of part.uses) {
        const used = rootOf.get(binding)
        if (used && used !== part) this.users.set(used, [...(this.users.get(used) ?? []), part])
      }
    }
    const isOutside = (part: Part): boolean =>
      part.binding.references.some(({ identifier }) => !parts.some(({ statement }) => within(identifier, statement)))
    this.usedOutside = new Set(parts.filter(isOutside))
  }

  groupOf(found: ReadonlySet<Part>): Group {
    const parts = this.parts.filter((part) => found.has(part))
    const wanted = parts.filter(
      (part) => this.usedOutside.has(part) || (this.users.get(part) ?? []).some((user) => !found.has(user)),
    )
    return { parts, wanted, code: parts.reduce((sum, { code }) => sum + code, 0) }
  }

  /** How much leaves for how many names between the files; nothing where it is too little, too much or too entangled. */
  worth({ parts, wanted, code }: Group): number {
    const functions = parts.filter(({ kind }) => kind === 'function').length
    const least = Math.min(code, this.total - code)
    const isReached = parts.some(({ isExported }) => isExported) || wanted.length > 0
    const isSplit = functions >= LEAST_FUNCTIONS && least >= LEAST_LINES && isReached
    return isSplit && wanted.length * 2 <= parts.length ? least / (1 + wanted.length) : 0
  }

  /** Takes in, as long as that makes it better, who uses what is in it. */
  private grown(start: ReadonlySet<Part>): Group {
    let found = start
    let best = this.groupOf(found)
    for (let better = true; better;) {
      better = false
      const near = new Set([...found].flatMap((part) => this.users.get(part) ?? []).filter((part) => !found.has(part)))
      for (const part of this.parts.filter((each) => near.has(each))) {
        const more = this.free.get(part)
        if (!more) continue
        const group = this.groupOf(new Set([...found, ...more]))
        // while it is too small to be worth anything, fewer names for more lines are the way
        if (this.measure(group) <= this.measure(best)) continue
        best = group
        better = true
      }
      found = new Set(best.parts)
    }
    return best
  }

  private measure(group: Group): number {
    return Math.min(group.code, this.total - group.code) / (1 + group.wanted.length)
  }

  best(): Group | undefined {
    let best: Group | undefined
    const starts = [...this.free.values()].filter((each) => each !== undefined)
    for (const start of starts) {
      for (const group of [this.groupOf(start), this.grown(start)])
        if (this.worth(group) > (best ? this.worth(best) : 0)) best = group
    }
    return best
  }
}

/**
 * The group of declarations that stands most for itself: it leads to nothing that stays, and the rest asks for few of
 * its names. Undefined where none is worth a file of its own. The same file always gives the same group.
 * @param total lines of code of the file
 * @param isLocal whether a name is declared by the file itself
 */
export const bestGroup = (
  parts: readonly Part[],
  total: number,
  isLocal: (binding: Binding) => boolean,
): Group | undefined => new Search(parts, total, isLocal).best()
