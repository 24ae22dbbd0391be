import { boundIdentifiers } from '@iama/codemod'
import ts from 'typescript'

import type { Draft } from './draft.ts'
import { loadOf } from './loads.ts'

const bind = (draft: Draft, identifier: ts.Identifier, index: number): void => {
  const binding = draft.scopes.declaredBy(identifier)
  if (binding !== undefined) draft.importOf.set(binding, index)
}

const readDeclaration = (draft: Draft, node: ts.ImportDeclaration): void => {
  if (!ts.isStringLiteral(node.moduleSpecifier)) return
  const { text } = node.moduleSpecifier
  const clause = node.importClause
  if (clause === undefined) {
    draft.addImport(text, '', node)
    return
  }
  const { isTypeOnly } = clause
  if (clause.name) bind(draft, clause.name, draft.addImport(text, 'default', node, isTypeOnly))
  const named = clause.namedBindings
  if (named === undefined) return
  if (ts.isNamespaceImport(named)) {
    bind(draft, named.name, draft.addImport(text, '*', node, isTypeOnly))
    return
  }
  if (named.elements.length === 0 && !clause.name) draft.addImport(text, '', node, isTypeOnly)
  for (const element of named.elements) {
    const name = (element.propertyName ?? element.name).text
    bind(draft, element.name, draft.addImport(text, name, node, isTypeOnly || element.isTypeOnly))
  }
}

/** `const { a, b: c } = require('x')`: each name is an import; what is taken apart further stays a part of it. */
const readPattern = (draft: Draft, pattern: ts.ObjectBindingPattern, specifier: string, whole: string): void => {
  for (const element of pattern.elements) {
    const key = element.propertyName ?? element.name
    const isNamed = !element.dotDotDotToken && (ts.isIdentifier(key) || ts.isStringLiteral(key))
    const index = draft.addImport(specifier, isNamed ? key.text : whole, element)
    for (const identifier of boundIdentifiers(element.name)) bind(draft, identifier, index)
  }
}

/** Whether a variable is another name for something imported. */
export const readLoadedVariable = (draft: Draft, node: ts.VariableDeclaration): boolean => {
  const load = node.initializer && loadOf(node.initializer, draft.scopes)
  if (load === undefined) return false
  const isWhole = load.name === '=' || load.name === '*'
  if (ts.isObjectBindingPattern(node.name) && isWhole) {
    if (node.name.elements.length === 0) draft.addLoad(load, node)
    readPattern(draft, node.name, load.specifier, load.name)
    return true
  }
  const index = draft.addLoad(load, node)
  for (const identifier of boundIdentifiers(node.name)) bind(draft, identifier, index)
  return true
}

const readEquals = (draft: Draft, node: ts.ImportEqualsDeclaration): void => {
  const { moduleReference } = node
  if (!ts.isExternalModuleReference(moduleReference) || !ts.isStringLiteral(moduleReference.expression)) return
  bind(draft, node.name, draft.addImport(moduleReference.expression.text, '=', node, node.isTypeOnly))
}

/** Enters the import statements of a file, and which names stand for what they import. */
export const readImports = (draft: Draft): void => {
  for (const statement of draft.unit.file.statements) {
    if (ts.isImportDeclaration(statement)) readDeclaration(draft, statement)
    else if (ts.isImportEqualsDeclaration(statement)) readEquals(draft, statement)
  }
}

/** Enters `import('x').Type`. */
export const readImportType = (draft: Draft, { argument }: ts.ImportTypeNode): void => {
  if (ts.isLiteralTypeNode(argument) && ts.isStringLiteral(argument.literal))
    draft.addImport(argument.literal.text, '*', argument, true)
}
