import ts from 'typescript'
import type { Callable } from './read-shapes.ts'

/** Methods by the name of the function on whose prototype they stand. */
export type Prototypes = ReadonlyMap<string, ReadonlyMap<string, Callable>>

/** What `a = b = value` gives to both. */
export const valueOf = (node: ts.Expression): ts.Expression =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken ? valueOf(node.right) : node

const callable = (node: ts.Node): Callable | undefined =>
  ts.isFunctionExpression(node) || ts.isArrowFunction(node) || ts.isMethodDeclaration(node) ? node : undefined

/** `Thing` of `Thing.prototype`. */
const ownerOf = (node: ts.Expression): string | undefined =>
  ts.isPropertyAccessExpression(node) && node.name.text === 'prototype' && ts.isIdentifier(node.expression)
    ? node.expression.text
    : undefined

const membersOf = ({ properties }: ts.ObjectLiteralExpression): [string, Callable][] =>
  properties.flatMap((property) => {
    const method = callable(ts.isPropertyAssignment(property) ? property.initializer : property)
    return method && property.name && ts.isIdentifier(property.name) ? [[property.name.text, method]] : []
  })

/**
 * What stands on prototypes: `Thing.prototype.m = function`, `Thing.prototype = { ... }` and
 * `Object.assign(Thing.prototype, { ... })`, also by way of `const proto = Thing.prototype`.
 */
export const prototypesOf = (file: ts.SourceFile): Prototypes => {
  const found = new Map<string, Map<string, Callable>>()
  const aliases = new Map<string, string>()
  const ownerBy = (node: ts.Expression): string | undefined =>
    ownerOf(node) ?? (ts.isIdentifier(node) ? aliases.get(node.text) : undefined)
  const add = (owner: string | undefined, members: readonly (readonly [string, Callable])[]): void => {
    if (owner === undefined || members.length === 0) return
    const known = found.get(owner) ?? new Map<string, Callable>()
    for (const [name, method] of members) known.set(name, method)
    found.set(owner, known)
  }
  const assigned = (left: ts.Expression, right: ts.Expression): void => {
    const value = valueOf(right)
    const method = callable(value)
    if (ts.isObjectLiteralExpression(value)) add(ownerOf(left), membersOf(value))
    else if (method && ts.isPropertyAccessExpression(left)) add(ownerBy(left.expression), [[left.name.text, method]])
  }
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      const owner = ownerOf(node.initializer)
      if (owner !== undefined) aliases.set(node.name.text, owner)
    } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      assigned(node.left, node.right)
    } else if (ts.isCallExpression(node) && node.expression.getText(file) === 'Object.assign') {
      const [target, ...sources] = node.arguments
      for (const source of sources) {
        if (target && ts.isObjectLiteralExpression(source)) add(ownerBy(target), membersOf(source))
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}
