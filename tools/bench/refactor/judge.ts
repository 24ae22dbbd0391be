import { applyPatch, type Patch, type Tree } from '@iama/patch'
import { metricsOf } from '@iama/codemod'
import { greenSubset, verify, type GateResult } from '@iama/verdict'
import type { Prepared } from './prepare.ts'

/** What the gates say about what a tool made of a package. */
export interface Judgement {
  /** Hunks that pass gates 1 to 6 together. */
  readonly surviving: number
  /** False when the runs were used up before it was known that no other hunk could be added. */
  readonly exact: boolean
  /** Of the whole patch: tests that fail or vanish, sessions that differ, changes of what the package shows. */
  readonly broken: number
  readonly differences: number
  readonly surface: number
  /** Falls, over the surviving hunks. */
  readonly cognitive: number
  readonly duplicated: number
  /** For a red patch, what was dropped and why. */
  readonly red: readonly string[]
}

/** Subsets that are tried of one red patch. */
const maxRuns = 30

const detailsIn = ({ details }: GateResult): number => details.filter(({ kind }) => kind !== 'note').length

/** Gates 2 and 4 show a few of what they count. */
const countOf = (gate: GateResult): number =>
  gate.status === 'fail' ? Math.max(detailsIn(gate), Number(/^\d+/.exec(gate.summary)?.[0] ?? 0)) : 0

/** How often the whole patch fails the gates, by what they look at. */
const failuresOf = async (prepared: Prepared, patch: Patch) => {
  const { workbench, tree, files } = prepared
  const patched = applyPatch(tree, patch)
  await workbench.fork('base', 'patched')
  await workbench.write('patched', new Map(files.map(({ path }) => [path, patched.get(path)!.content])))
  const { gates } = await verify({ ...inputOf(prepared), patched: 'patched', patch })
  await workbench.remove('patched')
  const of = (name: GateResult['gate']): number => countOf(gates.find(({ gate }) => gate === name)!)
  return {
    broken: of('baseline'),
    differences: of('characterization') + of('equivalence'),
    surface: of('surface') + of('integrity'),
  }
}

const inputOf = ({ workbench, checks, baseline, sessions, files }: Prepared) => ({
  workbench,
  base: 'base',
  checks,
  baseline,
  sessions,
  scope: { files: files.map(({ path }) => path) },
  seed: 1,
  allow: {},
  // what took a second before is not waited for long after
  limits: { timeoutMs: 60_000 },
})

const fall = (before: Tree, after: Tree, paths: readonly string[]) => {
  const [was, is] = [metricsOf(before, paths), metricsOf(after, paths)]
  return { cognitive: was.cognitive - is.cognitive, duplicated: was.duplicatedLines - is.duplicatedLines }
}

/** Puts a tool's hunks to the gates: all together, and where that is red, the largest part that is green. */
export const judge = async (prepared: Prepared, patch: Patch): Promise<Judgement> => {
  const none = { broken: 0, differences: 0, surface: 0 }
  const paths = prepared.files.map(({ path }) => path)
  if (patch.edits.length === 0) return { surviving: 0, exact: true, ...none, cognitive: 0, duplicated: 0, red: [] }
  const found = await greenSubset({ ...inputOf(prepared), patch, maxRuns })
  const failures = found.dropped.length === 0 ? none : await failuresOf(prepared, patch)
  const titleOf = new Map(patch.edits.map(({ id, title }) => [id, title]))
  return {
    surviving: found.patch.edits.length,
    exact: found.maximal,
    ...failures,
    ...fall(prepared.tree, applyPatch(prepared.tree, found.patch), paths),
    red: [...found.reasons].map(([id, reasons]) => `${id}, ${titleOf.get(id)}: ${reasons.slice(0, 3).join('; ')}`),
  }
}
