import ts from 'typescript'

import { bare } from '../syntax/nodes.ts'
import type { ScopeTree } from '../syntax/scopes.ts'

/** What a `require` at the top of a file declares: `const a = require('x')`, `{ a, b: c } = ...`, `require('x').a`. */
export interface RequiredNames {
  readonly statement: ts.VariableStatement
  readonly declaration: ts.VariableDeclaration
  readonly specifier: string
  readonly names: readonly ts.Identifier[]
  /** Whether the name means the module itself, and not what the module holds when it is asked. */
  readonly isWhole: boolean
}

/** What `require('x')` asks for, by a literal; undefined for all other code. */
export const requiredBy = (expression: ts.Expression, scopes: ScopeTree): string | undefined => {
  const node = bare(expression)
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.questionDotToken) return undefined
  const [specifier, more] = node.arguments
  const isRequire = node.expression.text === 'require' && scopes.bindingOf(node.expression) === undefined
  return isRequire && specifier && !more && ts.isStringLiteral(specifier) ? specifier.text : undefined
}

/** `require('x')` in `require('x').a.b`. */
const withoutMembers = (expression: ts.Expression): ts.Expression => {
  const node = bare(expression)
  return ts.isPropertyAccessExpression(node) && !node.questionDotToken ? withoutMembers(node.expression) : node
}

/** The names of a pattern that only takes properties; undefined where it does more. */
const plainNames = (pattern: ts.ObjectBindingPattern): ts.Identifier[] | undefined => {
  const names = pattern.elements.flatMap(({ name, propertyName, initializer, dotDotDotToken }) => {
    const isPlain = ts.isIdentifier(name) && (!propertyName || ts.isIdentifier(propertyName))
    return isPlain && !initializer && !dotDotDotToken ? [name] : []
  })
  return names.length > 0 && names.length === pattern.elements.length ? names : undefined
}

/** What a declaration takes from a module, where it does nothing else. */
export const requiredNames = (declaration: ts.VariableDeclaration, scopes: ScopeTree): RequiredNames | undefined => {
  const { name, initializer } = declaration
  const statement = declaration.parent.parent
  if (!initializer || !ts.isVariableStatement(statement) || !ts.isSourceFile(statement.parent)) return undefined
  const call = withoutMembers(initializer)
  const specifier = requiredBy(call, scopes)
  const names = ts.isIdentifier(name) ? [name] : ts.isObjectBindingPattern(name) ? plainNames(name) : undefined
  if (specifier === undefined || !names) return undefined
  return { statement, declaration, specifier, names, isWhole: ts.isIdentifier(name) && call === bare(initializer) }
}

/** What the requests at the top of a file declare, in their order. */
export const requestsAtTop = (file: ts.SourceFile, scopes: ScopeTree): RequiredNames[] =>
  file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .flatMap((each) => requiredNames(each, scopes) ?? [])
