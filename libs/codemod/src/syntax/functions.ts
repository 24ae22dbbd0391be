import ts from 'typescript'

import { bare, enclosingFunction, isFunctionNode, outer, walk, within, type FunctionNode } from './nodes.ts'
import { sharedBinding, soleDeclaration, type Binding, type ScopeTree } from './scopes.ts'

/** Whether a `var` may be read before its declaration has run: not further down in the declaration's own block. */
export const mayBeEarly = (use: ts.Identifier, binding: Binding): boolean => {
  if (!binding.declarations.some(({ kind }) => kind === 'var')) return false
  const sole = soleDeclaration(binding)
  if (!sole || use.pos < sole.node.end || enclosingFunction(use) !== enclosingFunction(sole.node)) return true
  const holder = sole.node.parent.parent
  const block = ts.isVariableStatement(holder) ? holder.parent : holder
  return ts.isCaseOrDefaultClause(block) || !within(use, block)
}

/** Whether a function itself (not one inside it, arrows aside) uses its `arguments`, or could through eval. */
export const usesArguments = (owner: FunctionNode): boolean => {
  let found = false
  walk(owner, (node) => {
    if (node !== owner && isFunctionNode(node) && !ts.isArrowFunction(node)) return false
    if (ts.isIdentifier(node) && (node.text === 'arguments' || node.text === 'eval')) found = true
    return !found
  })
  return found
}

/** Whether a value is an anonymous function or class, which gets the name of the variable that it is given to. */
export const isNamedByVariable = (node: ts.Expression): boolean => {
  const value = bare(node)
  return ts.isArrowFunction(value) || ((ts.isFunctionExpression(value) || ts.isClassExpression(value)) && !value.name)
}

/** The function that a binding always holds. */
export const functionOf = (binding: Binding): FunctionNode | undefined => {
  const sole = soleDeclaration(binding)
  if (sole === undefined || binding.scope.dynamic || binding.references.some(({ write }) => write)) return undefined
  if (ts.isFunctionDeclaration(sole.node) && sole.kind === 'function') return sole.node
  if (!ts.isVariableDeclaration(sole.node) || !sole.node.initializer) return undefined
  const value = bare(sole.node.initializer)
  return ts.isFunctionExpression(value) || ts.isArrowFunction(value) ? value : undefined
}

/** The binding through which a function is known, if by one only. */
export const bindingHolding = (owner: FunctionNode, scopes: ScopeTree): Binding | undefined => {
  if (ts.isFunctionDeclaration(owner)) return owner.name ? scopes.declaredBy(owner.name) : undefined
  if (ts.isFunctionExpression(owner) && owner.name && scopes.declaredBy(owner.name)?.references.length) return undefined
  const parent = outer(owner)
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return undefined
  return scopes.declaredBy(parent.name)
}

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)

/** All calls of a function that is never used in any other way; undefined when it may be known elsewhere. */
export const callsOf = (owner: FunctionNode, scopes: ScopeTree): ts.CallExpression[] | undefined => {
  const binding = bindingHolding(owner, scopes)
  if (binding === undefined || functionOf(binding) !== owner) return undefined
  const declaration = binding.declarations[0]!.node
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  if (isExported(statement)) return undefined
  // A function in a block of sloppy code can be called from outside of the block, by its second binding.
  if (ts.isFunctionDeclaration(owner) && owner.name && sharedBinding(owner.name, binding)?.references.length)
    return undefined
  const calls: ts.CallExpression[] = []
  for (const { identifier, typeOnly } of binding.references) {
    const parent = outer(identifier)
    if (typeOnly || !ts.isCallExpression(parent) || bare(parent.expression) !== identifier) return undefined
    calls.push(parent)
  }
  return calls
}
