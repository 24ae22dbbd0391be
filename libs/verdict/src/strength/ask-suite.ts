import { applyMutant, type Mutant } from '@iama/mutants'
import type { BaselineReport, Checks, Leaf, LeafLimits } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { runLeaf } from '../baseline/run-leaf.ts'
import type { Fate } from './ask-sessions.ts'

export interface SuiteInput {
  readonly workbench: Workbench
  /** The same workbench with nothing beside: tests may lean on time, so what is killed in company is asked again here. */
  readonly alone?: Workbench
  /** A green tree that may be written to, with the snapshots that its tests need. */
  readonly dir: string
  readonly checks: Checks
  readonly baseline: BaselineReport
  readonly limits: LeafLimits
  readonly signal?: AbortSignal
}

/** Ten times what the leaf took before, ten seconds at least. */
const limitsFor = (leaf: Leaf, { baseline, limits }: SuiteInput): LeafLimits => {
  const before = baseline.leaves.find((report) => report.leaf === leaf.id)
  const timeoutMs = Math.min(limits.timeoutMs, Math.max(10_000, 10 * (before?.durationMs ?? limits.timeoutMs)))
  return { ...limits, timeoutMs }
}

const fateOf = async (input: SuiteInput): Promise<Fate> => {
  const { workbench, dir, checks, baseline, signal } = input
  for (const leaf of checks.leaves.filter(({ kind }) => kind === 'build' || kind === 'test')) {
    const before = baseline.leaves.find((report) => report.leaf === leaf.id)
    if (before === undefined) continue
    const options = { ci: true, ...(signal === undefined ? {} : { signal }) }
    const after = await runLeaf(workbench, dir, leaf, limitsFor(leaf, input), options)
    if (after.status === 'timed-out') return 'timed-out'
    const passes = new Set(after.tests.filter(({ status }) => status === 'pass').map(({ id }) => id))
    const lost = before.tests.some(({ id, status }) => status === 'pass' && !passes.has(id))
    if (lost || after.status !== before.status) return 'killed'
  }
  return 'survived'
}

/** Runs the project's own tests once a mutant; the tree is as it was afterwards, but for what the tests write. */
export const askSuite = async (
  input: SuiteInput,
  sources: ReadonlyMap<string, string>,
  mutants: readonly Mutant[],
  isOver: () => boolean = () => false,
): Promise<readonly Fate[]> => {
  const fates: Fate[] = []
  for (const mutant of mutants) {
    input.signal?.throwIfAborted()
    if (isOver()) {
      fates.push('not-run')
      continue
    }
    const source = sources.get(mutant.file)!
    const write = (text: string) => input.workbench.write(input.dir, new Map([[mutant.file, Buffer.from(text)]]))
    await write(applyMutant(source, mutant))
    try {
      const beside = await fateOf(input)
      const { alone } = input
      fates.push(beside === 'survived' || !alone ? beside : await fateOf({ ...input, workbench: alone }))
    } finally {
      await write(source)
    }
  }
  return fates
}
