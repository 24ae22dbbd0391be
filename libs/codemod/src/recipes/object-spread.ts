import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { INTRINSICS, type Change, type Findings, type Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { bare, isMember, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `Object.assign({}, a, b)` may become `{ ...a, ...b }` when no source can hold an own property
 * called `__proto__`: assign writes, which would change the prototype, spread defines. So every source must be an
 * object literal without spread, computed names and accessors, here or in a constant of this file that is used for
 * nothing but reading by name and spreading. Other sources, arguments above all, are left alone.
 */

const isPlainLiteral = (node: ts.Expression): node is ts.ObjectLiteralExpression =>
  ts.isObjectLiteralExpression(node) &&
  node.properties.every(
    (property) =>
      (ts.isPropertyAssignment(property) ||
        ts.isShorthandPropertyAssignment(property) ||
        ts.isMethodDeclaration(property)) &&
      !ts.isComputedPropertyName(property.name) &&
      property.name.getText().replace(/["']/g, '') !== '__proto__',
  )

/** A constant that holds a literal and is only read by name or passed to Object.assign as a source. */
const isPlainConstant = (node: ts.Expression, file: FileContext): boolean => {
  if (!ts.isIdentifier(node)) return false
  const binding = file.scopes.bindingOf(node)
  const [sole, more] = binding?.declarations ?? []
  if (!binding || !sole || more || binding.scope.dynamic || !ts.isVariableDeclaration(sole.node)) return false
  if (!sole.node.initializer || !isPlainLiteral(bare(sole.node.initializer))) return false
  return binding.references.every(({ identifier, write }) => !write && (isRead(identifier) || isSource(identifier)))
}

const isRead = (node: ts.Identifier): boolean => {
  const access = node.parent
  if (!ts.isPropertyAccessExpression(access) || access.expression !== node) return false
  const { parent } = access
  const isTarget = ts.isBinaryExpression(parent) && parent.left === access
  const isChanged =
    ts.isDeleteExpression(parent) || ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)
  return !isTarget && !isChanged && !(ts.isCallExpression(parent) && parent.expression === access)
}

const isSource = (node: ts.Identifier): boolean =>
  ts.isCallExpression(node.parent) &&
  isMember(node.parent.expression, 'Object', 'assign') &&
  node.parent.arguments[0] !== node

const convert = (node: ts.CallExpression, file: FileContext, findings: Findings): void => {
  const [target, ...sources] = node.arguments
  if (!target || !ts.isObjectLiteralExpression(target) || sources.length === 0) return
  if (file.capturedAt) return findings.refuse(node, `intrinsics are captured on purpose (${file.capturedAt})`)
  if (file.scopes.root.bindings.has('Object')) return findings.refuse(node, 'Object means something else here')
  if (target.properties.length > 0)
    return findings.refuse(node, 'the target has properties, which a source could find by its setters')
  if (!sources.every((source) => isPlainLiteral(source) || isPlainConstant(source, file))) {
    return findings.refuse(node, 'a source may have a property called __proto__')
  }
  if (file.hasComment(startOf(node, file), startOf(sources[0]!, file)))
    return findings.refuse(node, 'a comment stands inside')
  const isStatement =
    ts.isExpressionStatement(node.parent) || (ts.isArrowFunction(node.parent) && node.parent.body === node)
  const [open, close] = isStatement ? ['({ ', ' })'] : ['{ ', ' }']
  const changes: Change[] = [
    { start: startOf(node, file), end: startOf(sources[0]!, file), text: `${open}...` },
    ...sources.slice(1).map((source) => ({ start: startOf(source, file), end: startOf(source, file), text: '...' })),
    { start: node.end - 1, end: node.end, text: close },
  ]
  findings.edit({
    at: node,
    title: 'Object.assign to a new object becomes spread',
    reason: 'the target is new, and no source has accessors or a __proto__ of its own',
    changes,
    assumptions: [INTRINSICS],
  })
}

export const objectSpread: Recipe = {
  id: 'object-spread',
  title: 'Object.assign to object spread',
  family: 'modernize',
  need: { ecmaVersion: 2018 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isCallExpression(node) && isMember(node.expression, 'Object', 'assign')) convert(node, file, findings)
    })
  },
}
