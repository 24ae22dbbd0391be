import { applyPatch, type Patch, type Tree } from '@iama/patch'

import { totalsOfUnits } from '../analysis/analyze.ts'
import { openProject } from '../project.ts'
import { isSourcePath, parseUnit } from '../source-unit.ts'
import type { MetricsChange, Totals } from '../types.ts'

/**
 * Decisions, without the one that cyclomatic complexity counts for each function and file: taking a function out of
 * another adds no decision.
 */
const decisions = ({ cyclomatic, functions, files }: Totals): number => cyclomatic - functions - files

const measures: readonly (readonly [name: string, measure: (totals: Totals) => number])[] = [
  ['cognitive complexity', ({ cognitive }) => cognitive],
  ['decisions', decisions],
  ['repeated lines', ({ duplicatedLines }) => duplicatedLines],
]

/** What a patch does to the measures of the source files that it touches, repetition looked for among them. */
export const metricsChange = (tree: Tree, patch: Patch, paths: readonly string[]): MetricsChange => {
  const project = openProject(tree)
  const before = project.units.filter(({ path, problems }) => paths.includes(path) && problems.length === 0)
  const changed = applyPatch(tree, patch)
  const made = paths.filter((path) => !tree.has(path) && isSourcePath(path))
  const after = [
    ...before.map((unit) => parseUnit(unit.path, changed.get(unit.path)!, project.package.type) ?? unit),
    ...made.flatMap((path) => parseUnit(path, changed.get(path)!, project.package.type) ?? []),
  ]
  const old = totalsOfUnits(before)
  const now = totalsOfUnits(after)
  const worse = measures
    .filter(([, measure]) => measure(now) > measure(old))
    .map(([name, measure]) => `${name} ${measure(old)} to ${measure(now)}`)
  return { before: old, after: now, worse }
}

/** The measures that a patch changes, as a sentence; empty where it changes none. */
export const metricsText = ({ before, after }: MetricsChange): string => {
  const parts = measures
    .filter(([, measure]) => measure(before) !== measure(after))
    .map(([name, measure]) => `${name} ${measure(before)} to ${measure(after)}`)
  return parts.length === 0 ? '' : ` In these files: ${parts.join(', ')}.`
}
