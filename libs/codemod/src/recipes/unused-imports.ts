import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change, Findings, Recipe } from '../engine/recipe.ts'
import { startOf, textOf } from '../engine/rewrite.ts'
import { contains, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. An imported name that nothing mentions may go; the module is loaded in the same place as before,
 * when nothing is left by an import without names. JavaScript only: TypeScript leaves unused imports out when it emits,
 * so that the import without names would load what was not loaded. Not in files with JSX, whose factory is used without
 * being named. A name that the module does not export stops being an error, which only made the file fail to load.
 */

const namesOf = (clause: ts.ImportClause): { name: ts.Identifier; node: ts.Node }[] => {
  const bindings = clause.namedBindings
  const named = bindings
    ? ts.isNamespaceImport(bindings)
      ? [{ name: bindings.name, node: bindings }]
      : bindings.elements.map((element) => ({ name: element.name, node: element }))
    : []
  return clause.name ? [{ name: clause.name, node: clause.name }, ...named] : named
}

/** A clause as it is written with only some of its names; empty where none is left. */
export const clauseWith = (clause: ts.ImportClause, kept: ReadonlySet<ts.Node>, file: FileContext): string => {
  const bindings = clause.namedBindings
  const parts: string[] = []
  if (clause.name && kept.has(clause.name)) parts.push(clause.name.text)
  if (bindings && ts.isNamespaceImport(bindings) && kept.has(bindings)) parts.push(textOf(bindings, file))
  if (bindings && ts.isNamedImports(bindings)) {
    const elements = bindings.elements.filter((element) => kept.has(element)).map((element) => textOf(element, file))
    if (elements.length > 0) parts.push(`{ ${elements.join(', ')} }`)
  }
  return parts.join(', ')
}

const convert = (node: ts.ImportDeclaration, clause: ts.ImportClause, file: FileContext, findings: Findings): void => {
  const names = namesOf(clause)
  const used = names.filter(({ name }) => {
    const binding = file.scopes.declaredBy(name)
    return !binding || binding.references.length > 0 || binding.scope.dynamic
  })
  if (used.length === names.length) return
  if (file.hasComment(startOf(node, file), node.moduleSpecifier.end))
    return findings.refuse(node, 'a comment stands inside')
  const kept = new Set(used.map(({ node: each }) => each))
  const text = clauseWith(clause, kept, file)
  const change: Change =
    text === ''
      ? { start: startOf(clause, file), end: startOf(node.moduleSpecifier, file), text: '' }
      : { start: startOf(clause, file), end: clause.end, text }
  const gone = names.filter((each) => !used.includes(each)).map(({ name }) => name.text)
  findings.edit({
    at: node,
    title: `${gone.join(', ')} ${gone.length === 1 ? 'is' : 'are'} imported and never used`,
    reason: 'nothing mentions the name, and the module is loaded as before',
    changes: [change],
  })
}

export const unusedImports: Recipe = {
  id: 'unused-imports',
  title: 'imported names that are never used',
  family: 'simplify',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    if (file.unit.language !== 'javascript') return
    const hasJsx = contains(file.file, (node) => ts.isJsxOpeningLikeElement(node) || ts.isJsxFragment(node))
    walk(file.file, (node) => {
      if (!ts.isImportDeclaration(node) || !node.importClause) return
      if (!hasJsx) convert(node, node.importClause, file, findings)
    })
  },
}
