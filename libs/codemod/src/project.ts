import type { Tree } from '@iama/patch'

import { capturesOf } from './analysis/captured-intrinsics.ts'
import { buildImportGraph, folderOf, type ImportGraph } from './analysis/import-graph.ts'
import { packageFacts, readJsonObject } from './analysis/package-facts.ts'
import { floorOf } from './floor/floor.ts'
import { isSourcePath, parseUnit, type SourceUnit } from './source-unit.ts'
import type { LanguageFloor, PackageFacts } from './types.ts'

/** Everything that is known of a tree before anybody asks for a change; made once per tree. */
export interface Project {
  readonly tree: Tree
  /** In the order of their paths. */
  readonly units: readonly SourceUnit[]
  readonly package: PackageFacts
  readonly imports: ImportGraph
  readonly floor: LanguageFloor
  /** Files in which intrinsics are captured on purpose, with the place that shows it. */
  readonly captures: ReadonlyMap<string, string>
  /** Those of them that do so because they do not trust what is there later. */
  readonly protections: ReadonlyMap<string, string>
}

const cache = new WeakMap<Tree, Project>()

/** How many files with captured intrinsics make it the whole package's way of writing. */
const HABIT = 3

const byPath = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const packageTypeOf = (tree: Tree): ((path: string) => 'module' | 'commonjs') => {
  const known = new Map<string, 'module' | 'commonjs'>()
  const typeIn = (folder: string): 'module' | 'commonjs' => {
    const seen = known.get(folder)
    if (seen !== undefined) return seen
    const json = readJsonObject(tree, folder === '' ? 'package.json' : `${folder}/package.json`)
    const type = json
      ? json.type === 'module'
        ? 'module'
        : 'commonjs'
      : folder === ''
        ? 'commonjs'
        : typeIn(folderOf(folder))
    known.set(folder, type)
    return type
  }
  return (path) => typeIn(folderOf(path))
}

/** The places by file; those of many files hold for all. */
const habits = (units: readonly SourceUnit[], places: readonly (string | undefined)[]): Map<string, string> => {
  const found = new Map<string, string>()
  for (const [n, { path }] of units.entries()) if (places[n] !== undefined) found.set(path, places[n])
  const [first] = found.values()
  if (found.size >= HABIT) for (const { path } of units) if (!found.has(path)) found.set(path, first!)
  return found
}

const capturesIn = (units: readonly SourceUnit[]): Pick<Project, 'captures' | 'protections'> => {
  const editable = units.filter(({ role, problems }) => role === 'source' && problems.length === 0)
  const all = editable.map(capturesOf)
  return {
    captures: habits(
      editable,
      all.map(({ at }) => at),
    ),
    protections: habits(
      editable,
      all.map(({ protectedAt }) => protectedAt),
    ),
  }
}

/** Reads a tree; the same tree object is read only once in a process. */
export const openProject = (tree: Tree): Project => {
  const known = cache.get(tree)
  if (known !== undefined) return known
  const typeOf = packageTypeOf(tree)
  const facts = packageFacts(tree)
  const units = [...tree.keys()]
    .filter((path) => isSourcePath(path) && !/(^|\/)node_modules\//.test(path))
    .sort(byPath)
    .flatMap((path) => parseUnit(path, tree.get(path)!, typeOf(path)) ?? [])
  const project: Project = {
    tree,
    units,
    package: facts,
    imports: buildImportGraph(units, facts.name),
    floor: floorOf(tree, units),
    ...capturesIn(units),
  }
  cache.set(tree, project)
  return project
}
