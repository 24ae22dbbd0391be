import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { freeNames } from '../syntax/names.ts'
import { within } from '../syntax/nodes.ts'
import type { Binding } from '../syntax/scopes.ts'

/** What a name that is imported stands for. */
interface Imported {
  /** The module of the tree, or the package. */
  readonly module: string
  /** `*` for the whole module. */
  readonly name: string
  /** Only to the compiler: there is nothing of that name when the code runs. */
  readonly typeOnly: boolean
}

const importedBy = (binding: Binding, file: FileContext): Imported | undefined => {
  const [sole, more] = binding.declarations
  if (!sole || more || sole.kind !== 'import') return undefined
  let declaration: ts.Node = sole.node
  while (!ts.isImportDeclaration(declaration)) {
    if (ts.isSourceFile(declaration)) return undefined
    declaration = declaration.parent
  }
  const { text } = declaration.moduleSpecifier as ts.StringLiteral
  const module = text.startsWith('.') ? file.project.imports.resolve(file.unit.path, text) : text
  if (module === undefined) return undefined
  const typeOnly = declaration.importClause!.isTypeOnly || (ts.isImportSpecifier(sole.node) && sole.node.isTypeOnly)
  if (ts.isImportSpecifier(sole.node))
    return { module, name: (sole.node.propertyName ?? sole.node.name).text, typeOnly }
  return { module, name: ts.isNamespaceImport(sole.node) ? '*' : 'default', typeOnly }
}

const givesTheSame = (wanted: Imported, there: Imported | undefined): boolean =>
  there !== undefined &&
  wanted.module === there.module &&
  wanted.name === there.name &&
  (wanted.typeOnly || !there.typeOnly)

const problemOfName = (
  name: string,
  binding: Binding | undefined,
  code: ts.Node,
  from: FileContext,
  to: FileContext,
): string | undefined => {
  const there = to.scopes.root.bindings.get(name)
  if (binding === undefined) return there ? `${name} means something else in ${to.unit.path}` : undefined
  const imported = importedBy(binding, from)
  if (!imported) return `it uses ${name}, which stands in its file`
  if (!there || !givesTheSame(imported, importedBy(there, to))) return `${to.unit.path} does not import ${name} as well`
  const isLeftOver = binding.references.every(({ identifier }) => within(identifier, code))
  return isLeftOver ? `the import of ${name} would be left over` : undefined
}

/**
 * Why a declaration at the top of one file would mean something else at the top of another; undefined where every name
 * that it takes from outside is a global in both, or imported from the same place by both.
 * @param own the name that it declares
 */
export const movedNamesProblem = (
  code: ts.Statement,
  own: string,
  from: FileContext,
  to: FileContext,
): string | undefined => {
  for (const [name, binding] of freeNames(code, from.scopes)) {
    if (name === own) continue
    const problem = problemOfName(name, binding, code, from, to)
    if (problem) return problem
  }
  return undefined
}
