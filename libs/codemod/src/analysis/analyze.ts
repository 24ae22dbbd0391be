import type { Tree } from '@iama/patch'

import { openProject, type Project } from '../project.ts'
import { inScope } from '../scope.ts'
import type { SourceUnit } from '../source-unit.ts'
import type { Analysis, AnalyzeOptions, FileAnalysis, FunctionMetrics, Totals } from '../types.ts'
import { findDuplication } from './duplication.ts'
import { complexityOf, countLines, functionsOf } from './metrics.ts'
import { findSmells } from './smells.ts'

interface Measured {
  readonly files: readonly FileAnalysis[]
  readonly functions: readonly FunctionMetrics[]
  readonly smells: Analysis['smells']
}

const measureProject = (project: Project, isInScope: (path: string) => boolean, withExamples: boolean): Measured => {
  const isEditableRole = (role: string): boolean => role === 'source' || (withExamples && role === 'example')
  const scoped = project.units.filter(({ path }) => isInScope(path))
  const editable = scoped.filter(({ problems, role }) => problems.length === 0 && isEditableRole(role))
  const duplication = findDuplication(editable)
  const functions = editable.flatMap(functionsOf)
  const countIn = Map.groupBy(functions, ({ path }) => path)
  const isEditable = new Set(editable)
  const files = project.units.map((unit): FileAnalysis => ({
    path: unit.path,
    language: unit.language,
    moduleKind: unit.moduleKind,
    role: unit.role,
    lines: countLines(unit.source.text),
    functions: countIn.get(unit.path)?.length ?? functionsOf(unit).length,
    duplicatedLines: duplication.lines.get(unit.path)?.size ?? 0,
    inScope: isInScope(unit.path),
    editable: isEditable.has(unit),
    ...complexityOf(unit),
  }))
  const lines = new Map(files.map((file) => [file.path, file.lines]))
  const smells = findSmells(editable, functions, duplication.clones, (path) => lines.get(path) ?? 0)
  return { files, functions, smells }
}

const totalsOf = (files: readonly FileAnalysis[]): Totals => {
  const sum = (measure: (file: FileAnalysis) => number): number =>
    files.reduce((total, file) => total + measure(file), 0)
  return {
    files: files.length,
    lines: sum(({ lines }) => lines),
    functions: sum(({ functions }) => functions),
    cyclomatic: sum(({ cyclomatic }) => cyclomatic),
    cognitive: sum(({ cognitive }) => cognitive),
    duplicatedLines: sum(({ duplicatedLines }) => duplicatedLines),
  }
}

/** Globs that name an example folder ask for examples to be edited too. */
const namesExamples = ({ include }: AnalyzeOptions): boolean =>
  include?.some((glob) => /example|demo|sample/i.test(glob)) ?? false

/**
 * Reads a tree of JavaScript and TypeScript: files, functions, complexity, duplication, smells, syntax errors, the
 * language floor and what the package is. A file that does not parse is named and left out; the others go on.
 */
export const analyze = (tree: Tree, options: AnalyzeOptions = {}): Analysis => {
  const project = openProject(tree)
  const isInScope = inScope(options)
  const { files, functions, smells } = measureProject(project, isInScope, namesExamples(options))
  return {
    package: project.package,
    files,
    functions,
    totals: totalsOf(files.filter(({ editable }) => editable)),
    smells,
    syntaxErrors: project.units.filter(({ path }) => isInScope(path)).flatMap(({ problems }) => problems),
    floor: project.floor,
    cycles: project.imports.cycles,
    options,
  }
}

/** The sums over some parsed files. Duplication is looked for among them. */
export const totalsOfUnits = (units: readonly SourceUnit[]): Totals => {
  const duplication = findDuplication(units)
  const sum = (measure: (unit: SourceUnit) => number): number => units.reduce((total, unit) => total + measure(unit), 0)
  return {
    files: units.length,
    lines: sum(({ source }) => countLines(source.text)),
    functions: sum((unit) => functionsOf(unit).length),
    cyclomatic: sum((unit) => complexityOf(unit).cyclomatic),
    cognitive: sum((unit) => complexityOf(unit).cognitive),
    duplicatedLines: sum(({ path }) => duplication.lines.get(path)?.size ?? 0),
  }
}

/** The sums over some files of a tree, to compare a tree with what became of it. Duplication is looked for among them. */
export const metricsOf = (tree: Tree, paths: readonly string[]): Totals => {
  const wanted = new Set(paths)
  const { files } = measureProject(openProject(tree), (path) => wanted.has(path), true)
  return totalsOf(files.filter(({ editable }) => editable))
}
