import ts from 'typescript'

import type { FileChange, FoundInFile } from '../engine/recipe.ts'
import type { Project } from '../project.ts'
import { pathsInScope } from '../scope.ts'
import type { Analysis, RefactorRequest, Refusal } from '../types.ts'
import { captureProblem, isReserved, renameLocations, type Target } from './renaming.ts'

/*
 * Proof obligation. Every use of the variable, in all files, gets the new name, and only those: the language service
 * finds them. The new name is free where it is declared, no scope between the declaration and a use declares it, and
 * nothing inside of the declaring scope means an outer variable of that name. Names that users of the package see
 * stay: a shorthand property or an export list keeps its old name, an inline export of a public module is refused.
 */

export interface RenameRequest {
  /** A name, or `path#name` where several files declare it. */
  readonly symbol: string
  readonly newName: string
}

/** Reads `rename <symbol> <new name>`; undefined for other goals. */
export const parseRename = (goal: string): RenameRequest | undefined => {
  const [, symbol, newName] = /^rename\s+(\S+)\s+(\S+)$/.exec(goal.trim()) ?? []
  return symbol && newName ? { symbol, newName } : undefined
}

const targetsOf = (project: Project, paths: readonly string[], symbol: string): Target[] => {
  const [inPath, name] = symbol.includes('#') ? symbol.split('#') : [undefined, symbol]
  const units = project.units.filter(({ path }) => paths.includes(path) && (inPath === undefined || path === inPath))
  const targets = units.flatMap((unit) =>
    unit.scopes.bindings
      .filter((binding) => binding.name === name && binding.declarations.some(({ kind }) => kind !== 'import'))
      .map((binding) => ({ unit, binding })),
  )
  const top = targets.filter(({ binding }) => binding.scope.kind === 'module')
  return targets.length > 1 && top.length === 1 ? top : targets
}

const isInlineExport = ({ binding }: Target): boolean =>
  binding.declarations.some(({ node }) => {
    const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node
    return (
      ts.canHaveModifiers(statement) &&
      (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)
    )
  })

const findProblem = (
  project: Project,
  target: Target,
  newName: string,
  changes: readonly FileChange[],
  editable: readonly string[],
): string | undefined => {
  if (isReserved(newName)) return `${newName} is not a name that a variable can have`
  const captured = captureProblem(target, newName)
  if (captured) return captured
  const isPublic = !project.package.private && project.package.importableModules.includes(target.unit.path)
  if (isInlineExport(target) && isPublic) return 'it is exported from a module that users of the package import'
  const elsewhere = changes.find(({ path }) => !editable.includes(path))
  if (elsewhere) return `${elsewhere.path} uses it and is not to be edited`
  return importersProblem(project, target, newName, changes)
}

/** In other files the name arrives by import: there, too, it must be free. */
const importersProblem = (
  project: Project,
  target: Target,
  newName: string,
  changes: readonly FileChange[],
): string | undefined => {
  for (const path of new Set(changes.map((change) => change.path))) {
    if (path === target.unit.path) continue
    const unit = project.units.find((each) => each.path === path)!
    for (const binding of unit.scopes.bindings) {
      const isTouched = binding.declarations.some(({ identifier }) =>
        changes.some(({ start, path: at, text }) => at === path && text === newName && start === identifier.getStart()),
      )
      const captured = isTouched ? captureProblem({ unit, binding }, newName) : undefined
      if (captured) return `in ${path}: ${captured}`
    }
  }
  return undefined
}

/** The one edit that renames a variable everywhere, or the reason why there is none. */
export const renameCandidates = (project: Project, analysis: Analysis, request: RefactorRequest): FoundInFile => {
  const rename = parseRename(request.goal)
  const nothing = (path: string, line: number, reason: string): FoundInFile => ({
    candidates: [],
    refused: [{ recipe: 'rename-symbol', path, line, reason } satisfies Refusal],
  })
  if (rename === undefined) return nothing('package.json', 1, 'the goal must read: rename <symbol> <new name>')
  const editable = pathsInScope(analysis, request)
  const [target, another] = targetsOf(project, editable, rename.symbol)
  if (target === undefined) return nothing('package.json', 1, `no file in scope declares ${rename.symbol}`)
  const { path, source } = target.unit
  const line = source.lineOf(target.binding.declarations[0]!.identifier.getStart())
  if (another) {
    const { unit, binding } = another
    const other = `${unit.path}:${unit.source.lineOf(binding.declarations[0]!.identifier.getStart())}`
    return nothing(path, line, `${rename.symbol} is also declared at ${other}; name one as path#name`)
  }
  const changes = renameLocations(project, target, rename.newName)
  const problem =
    changes.length === 0
      ? 'the language service finds nothing to rename'
      : findProblem(project, target, rename.newName, changes, editable)
  if (problem) return nothing(path, line, problem)
  const candidate = {
    recipe: 'rename-symbol',
    path,
    line,
    title: `${target.binding.name} becomes ${rename.newName}`,
    reason: `all ${changes.length} uses change together, and the new name is free in every scope that they stand in`,
    changes,
    assumptions: ['names are not read from source text'],
    need: { ecmaVersion: 5 },
  }
  return { candidates: [candidate], refused: [] }
}
