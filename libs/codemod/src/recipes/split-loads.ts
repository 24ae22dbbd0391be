import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { isSilentSpecifier } from './silent-modules.ts'

/** A request for a module at the top of a file: an import, or an export from elsewhere. */
export type Request = ts.ImportDeclaration | ts.ExportDeclaration

/** Whether a request loads its module where the compiler leaves out what is only a type, or where it keeps all. */
export interface Loads {
  readonly whereLeftOut: boolean
  readonly whereKept: boolean
}

export const requestsOf = ({ file }: FileContext): Request[] =>
  file.statements.filter(
    (each): each is Request =>
      ts.isImportDeclaration(each) || (ts.isExportDeclaration(each) && each.moduleSpecifier !== undefined),
  )

/** The names that an import declares. */
export const namesOf = (node: Request): ts.Identifier[] => {
  const clause = ts.isImportDeclaration(node) ? node.importClause : undefined
  const bindings = clause?.namedBindings
  const named = !bindings ? [] : ts.isNamespaceImport(bindings) ? [bindings.name] : bindings.elements.map((e) => e.name)
  return clause?.name ? [clause.name, ...named] : named
}

/** Whether a name of an import is one at run time, too. */
const isValueName = (name: ts.Identifier): boolean => !(ts.isImportSpecifier(name.parent) && name.parent.isTypeOnly)

/**
 * How a request loads its module.
 * @param names those of its names that are left
 * @param isLeft whether a use of a name is
 */
export const loadsOf = (
  node: Request,
  { scopes, unit }: FileContext,
  names: readonly ts.Identifier[],
  isLeft: (use: ts.Identifier) => boolean,
): Loads => {
  if (ts.isExportDeclaration(node)) return { whereLeftOut: !node.isTypeOnly, whereKept: !node.isTypeOnly }
  const clause = node.importClause
  if (!clause || namesOf(node).length === 0) return { whereLeftOut: true, whereKept: true }
  if (clause.isTypeOnly || names.length === 0) return { whereLeftOut: false, whereKept: false }
  if (unit.language === 'javascript') return { whereLeftOut: true, whereKept: true }
  const isUsed = (name: ts.Identifier): boolean =>
    isValueName(name) &&
    (scopes.declaredBy(name)?.references.some(({ identifier, typeOnly }) => !typeOnly && isLeft(identifier)) ?? false)
  return { whereLeftOut: names.some(isUsed), whereKept: true }
}

/** Modules in the order in which they are first loaded, those left out that nobody can tell apart from not loaded. */
export const loadOrder = (
  requests: readonly (readonly [node: Request, loads: Loads])[],
  { unit, project }: FileContext,
  how: keyof Loads,
): string => {
  const loaded = requests.flatMap(([node, loads]) => {
    const { text } = node.moduleSpecifier as ts.StringLiteral
    if (!loads[how] || isSilentSpecifier(text, unit.path, project)) return []
    return [(text.startsWith('.') ? project.imports.resolve(unit.path, text) : undefined) ?? text]
  })
  return JSON.stringify([...new Set(loaded)])
}
