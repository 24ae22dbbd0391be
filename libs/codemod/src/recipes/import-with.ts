import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'

/**
 * An import that takes one more name, such as `a` or `a as b`; or why it cannot. It is loaded as before: TypeScript
 * leaves out what is only used as a type, so there one of its values has to be used already.
 */
export const importWith = (node: ts.ImportDeclaration, name: string, file: FileContext): Change | string => {
  const clause = node.importClause
  if (file.hasComment(startOf(node, file), node.end)) return 'a comment stands inside of the import'
  if (!clause) {
    const start = startOf(node.moduleSpecifier, file)
    return { start, end: start, text: `{ ${name} } from ` }
  }
  const bindings = clause.namedBindings
  if (clause.isTypeOnly || (bindings && ts.isNamespaceImport(bindings)))
    return 'it is imported as a whole, or for types'
  if (!isLoaded(clause, file)) return 'the import may be left out when it is compiled'
  if (!bindings) return { start: clause.end, end: clause.end, text: `, { ${name} }` }
  const last = bindings.elements.at(-1)
  if (!last) return 'the import takes nothing'
  const lineStart = file.text.lastIndexOf('\n', startOf(last, file)) + 1
  const indent = file.text.slice(lineStart, startOf(last, file))
  const isOnItsLine = bindings.elements.length > 1 && /^\s*$/.test(indent)
  return { start: last.end, end: last.end, text: isOnItsLine ? `,\n${indent}${name}` : `, ${name}` }
}

const isLoaded = ({ name, namedBindings }: ts.ImportClause, file: FileContext): boolean => {
  if (file.unit.language === 'javascript') return true
  const elements = namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : []
  const names = [name, ...elements.filter(({ isTypeOnly }) => !isTypeOnly).map((each) => each.name)]
  return names.some((each) => each && file.scopes.declaredBy(each)?.references.some(({ typeOnly }) => !typeOnly))
}
