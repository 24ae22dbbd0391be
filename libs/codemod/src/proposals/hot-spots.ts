import { specifiersOf } from '../analysis/import-graph.ts'
import type { Project } from '../project.ts'
import type { Analysis, FunctionMetrics } from '../types.ts'

/** Above these a reader loses the thread; as for smells. */
const limits = { cognitive: 15, cyclomatic: 10 }
const MOST_FILES = 5

/** A file with functions that are hard to follow. */
export interface HotSpot {
  readonly path: string
  /** Hardest first. */
  readonly functions: readonly FunctionMetrics[]
  /** A test of the tree loads it, directly or through others. */
  readonly isTested: boolean
}

/** Every module that some test loads, however far away. */
const reachedByTests = (project: Project): ReadonlySet<string> => {
  const units = new Map(project.units.map((unit) => [unit.path, unit]))
  const reached = new Set<string>()
  const queue = project.units.filter(({ role }) => role === 'test').map(({ path }) => path)
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    for (const specifier of specifiersOf(units.get(path)!.file)) {
      const next = project.imports.resolve(path, specifier)
      if (next !== undefined) queue.push(next)
    }
  }
  return reached
}

/**
 * The files whose functions are hardest to follow, the best place to begin first: what a change could gain is their
 * cognitive complexity, and what it risks is twice as much where no test would notice.
 */
export const hotSpots = (project: Project, analysis: Analysis, paths: readonly string[]): HotSpot[] => {
  const hot = analysis.functions.filter(
    ({ path, cognitive, cyclomatic }) =>
      paths.includes(path) && (cognitive > limits.cognitive || cyclomatic > limits.cyclomatic),
  )
  const tested = reachedByTests(project)
  const value = ({ functions, isTested }: HotSpot): number =>
    functions.reduce((sum, { cognitive }) => sum + cognitive, 0) * (isTested ? 2 : 1)
  return [...Map.groupBy(hot, ({ path }) => path)]
    .map(([path, functions]) => ({
      path,
      functions: functions.sort((one, other) => other.cognitive - one.cognitive || one.line - other.line),
      isTested: tested.has(path),
    }))
    .sort((one, other) => value(other) - value(one) || (one.path < other.path ? -1 : 1))
    .slice(0, MOST_FILES)
}
