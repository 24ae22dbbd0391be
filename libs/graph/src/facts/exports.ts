import { bare, boundIdentifiers } from '@iama/codemod'
import ts from 'typescript'

import type { Draft } from './draft.ts'
import type { Declarations } from './symbols.ts'
import type { ExportFact, Target } from './types.ts'
import { doesSomething, kindOfValue } from './values.ts'

/** Enters the value of `export default value` and `export = value`; a name alone declares nothing. */
export const exportDefault = (all: Declarations, node: ts.ExportAssignment, owner: number): void => {
  const value = bare(node.expression)
  if (ts.isIdentifier(value)) {
    all.draft.exporting.add(value)
    return
  }
  const kind = kindOfValue(value)
  const symbol = all.draft.declare(node, 'default', kind, owner, { runsOnLoad: doesSomething(value) })
  all.value(value, symbol)
}

const has = (node: ts.Statement, kind: ts.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((each) => each.kind === kind) ?? false)

const targetOfName = (draft: Draft, name: ts.Identifier): Target | undefined => {
  const binding = draft.scopes.declaredBy(name)
  return binding && draft.targetOfBinding(binding)
}

const declaredIn = (draft: Draft, node: ts.Statement): ExportFact[] => {
  const fact = (name: ts.Identifier): ExportFact[] => {
    const target = targetOfName(draft, name)
    return target === undefined ? [] : [{ name: name.text, target }]
  }
  if (ts.isVariableStatement(node))
    return node.declarationList.declarations.flatMap(({ name }) => boundIdentifiers(name).flatMap(fact))
  const named = (node as { name?: ts.Node }).name
  if (!has(node, ts.SyntaxKind.DefaultKeyword)) return named && ts.isIdentifier(named) ? fact(named) : []
  const symbol = draft.ownerAt.get(node)
  return symbol === undefined ? [] : [{ name: 'default', target: { symbol } }]
}

const exportedBy = (draft: Draft, node: ts.ExportDeclaration): ExportFact[] => {
  const { moduleSpecifier, exportClause, isTypeOnly } = node
  if (moduleSpecifier === undefined) {
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) return []
    return exportClause.elements.flatMap((element) => {
      const local = element.propertyName ?? element.name
      draft.exporting.add(local)
      const target = draft.targetOf(local)
      return target === undefined ? [] : [{ name: element.name.text, target }]
    })
  }
  if (!ts.isStringLiteral(moduleSpecifier)) return []
  const { text } = moduleSpecifier
  if (exportClause === undefined)
    return [{ name: '*', target: { import: draft.addImport(text, '*', node, isTypeOnly) } }]
  if (ts.isNamespaceExport(exportClause))
    return [{ name: exportClause.name.text, target: { import: draft.addImport(text, '*', node, isTypeOnly) } }]
  return exportClause.elements.map((element) => {
    const typeOnly = isTypeOnly || element.isTypeOnly
    const name = (element.propertyName ?? element.name).text
    return { name: element.name.text, target: { import: draft.addImport(text, name, node, typeOnly) } }
  })
}

const assigned = (draft: Draft, node: ts.ExportAssignment): ExportFact[] => {
  const name = node.isExportEquals ? '=' : 'default'
  const value = bare(node.expression)
  const symbol = draft.ownerAt.get(node)
  const target = symbol === undefined ? draft.targetOf(value) : { symbol }
  return target === undefined ? [] : [{ name, target }]
}

/** Everything that a file exports, once all its declarations are known; the first one of a name counts. */
export const readExports = ({ draft, commonJs }: Declarations): ExportFact[] => {
  const found = draft.unit.file.statements.flatMap((node): ExportFact[] => {
    if (ts.isExportDeclaration(node)) return exportedBy(draft, node)
    if (ts.isExportAssignment(node)) return assigned(draft, node)
    return has(node, ts.SyntaxKind.ExportKeyword) ? declaredIn(draft, node) : []
  })
  for (const { name, target } of commonJs.exports) {
    const known = 'kind' in target ? draft.targetOf(target) : target
    if (known !== undefined) found.push({ name, target: known })
  }
  for (const target of commonJs.stars) found.push({ name: '*', target })
  const names = new Set<string>()
  return found.filter(({ name }) => name === '*' || (!names.has(name) && names.add(name)))
}
