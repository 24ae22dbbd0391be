import type { Edit, Patch } from './edit.ts'
import { closureOf, selectEdits } from './select.ts'

export interface GreenSubset {
  /** The edits that are green together, closed under dependencies. */
  readonly patch: Patch
  readonly dropped: readonly Edit[]
  /** How often `isGreen` was asked. */
  readonly runs: number
  /**
   * Whether no dropped edit can come back: the subset together with any one of them (and what that one depends on)
   * was seen to be red. False only when the runs were used up before that was known.
   */
  readonly maximal: boolean
}

class RunsUsedUp extends Error {}

/** Asks each subset once, and no more than allowed. */
class Oracle {
  runs = 0
  private readonly known = new Map<string, boolean>()
  private readonly patch: Patch
  private readonly isGreen: (patch: Patch) => Promise<boolean>
  private readonly maxRuns: number

  constructor(patch: Patch, isGreen: (patch: Patch) => Promise<boolean>, maxRuns: number) {
    this.patch = patch
    this.isGreen = isGreen
    this.maxRuns = maxRuns
    this.known.set('', true)
  }

  async ask(ids: ReadonlySet<string>): Promise<boolean> {
    const subset = selectEdits(this.patch, ids)
    const key = subset.edits.map((edit) => edit.id).join('\n')
    const known = this.known.get(key)
    if (known !== undefined) return known
    if (this.runs >= this.maxRuns) throw new RunsUsedUp()
    this.runs++
    const answer = await this.isGreen(subset)
    this.known.set(key, answer)
    return answer
  }
}

/** Dependencies before dependents, otherwise in the patch's order, so that halves tend to be closed. */
const inDependencyOrder = (patch: Patch): string[] => {
  const edits = new Map(patch.edits.map((edit) => [edit.id, edit]))
  const ordered = new Set<string>()
  const open = patch.edits.map((edit) => edit.id).reverse()
  for (let id = open.at(-1); id !== undefined; id = open.at(-1)) {
    const waitsFor = ordered.has(id) ? [] : edits.get(id)!.dependsOn.filter((needed) => !ordered.has(needed))
    if (waitsFor.length > 0) {
      open.push(...waitsFor)
      continue
    }
    ordered.add(id)
    open.pop()
  }
  return [...ordered]
}

/**
 * A maximal part of a red patch that is green, by delta debugging over its edits. The empty patch counts as green
 * without a run. Greenness need not be monotone: rejected edits are tried again until none can come back.
 * @param isGreen whether a subset, closed under dependencies, passes; what it throws is passed on
 * @param maxRuns the most often that `isGreen` is asked; when it does not suffice, the largest green part so far is
 *   given with `maximal: false`
 */
export const maximalGreenSubset = async (
  patch: Patch,
  isGreen: (patch: Patch) => Promise<boolean>,
  maxRuns: number,
): Promise<GreenSubset> => {
  const oracle = new Oracle(patch, isGreen, maxRuns)
  let kept: ReadonlySet<string> = new Set()

  const add = async (chunk: readonly string[]): Promise<void> => {
    if (chunk.every((id) => kept.has(id))) return
    const candidate: ReadonlySet<string> = new Set([...kept, ...closureOf(patch, chunk)])
    if (await oracle.ask(candidate)) {
      kept = candidate
      return
    }
    if (chunk.length === 1) return
    const half = Math.ceil(chunk.length / 2)
    await add(chunk.slice(0, half))
    await add(chunk.slice(half))
  }

  const order = inDependencyOrder(patch)
  let maximal = true
  try {
    await add(order)
    for (let before = -1; before !== kept.size;) {
      before = kept.size
      for (const id of order) await add([id])
    }
  } catch (error) {
    if (!(error instanceof RunsUsedUp)) throw error
    maximal = false
  }
  const dropped = patch.edits.filter((edit) => !kept.has(edit.id))
  return { patch: selectEdits(patch, kept), dropped, runs: oracle.runs, maximal }
}
