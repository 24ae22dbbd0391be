import ts from 'typescript'

import type { SourceUnit } from '../source-unit.ts'
import { bare, isMember, walk } from '../syntax/nodes.ts'
import type { ScopeTree } from '../syntax/scopes.ts'

const constructors = new Set(
  'Object Array String Number Boolean Symbol BigInt RegExp Date Map Set WeakMap WeakSet WeakRef Promise Function Error'.split(
    ' ',
  ),
)
const namespaces = new Set(['Math', 'JSON', 'Reflect', 'Object'])
const captureModules =
  /^(call-bind|call-bound|get-intrinsic|es-define-property|es-errors|es-object-atoms|side-channel|internal-slot|safe-array-concat|array\.prototype\.|string\.prototype\.|object\.|has-symbols|uncurry-this)/

const isGlobalName = (node: ts.Expression, names: ReadonlySet<string>, scopes: ScopeTree): boolean =>
  ts.isIdentifier(node) && names.has(node.text) && scopes.bindingOf(node) === undefined

/** `Array.prototype.slice`, `[].slice`, `Math.floor`: a function of the engine, taken and not called. */
const isIntrinsicFunction = (expression: ts.Expression, scopes: ScopeTree): boolean => {
  const node = bare(expression)
  if (ts.isBinaryExpression(node)) {
    return isIntrinsicFunction(node.left, scopes) || isIntrinsicFunction(node.right, scopes)
  }
  if (ts.isConditionalExpression(node)) {
    return isIntrinsicFunction(node.whenTrue, scopes) || isIntrinsicFunction(node.whenFalse, scopes)
  }
  if (!ts.isPropertyAccessExpression(node)) return false
  const holder = bare(node.expression)
  if (ts.isPropertyAccessExpression(holder) && holder.name.text === 'prototype') {
    return isGlobalName(holder.expression, constructors, scopes)
  }
  const isEmptyLiteral =
    (ts.isArrayLiteralExpression(holder) && holder.elements.length === 0) ||
    (ts.isObjectLiteralExpression(holder) && holder.properties.length === 0)
  if (isEmptyLiteral && /^[a-z]/.test(node.name.text)) return true
  return isGlobalName(holder, namespaces, scopes) && /^[a-z]/.test(node.name.text) && node.name.text !== 'prototype'
}

/**
 * Where a file takes functions of the engine into variables, so as not to depend on what others do to them later:
 * such code withdraws the assumption that intrinsics stay as they are. Undefined when it does not.
 */
export const capturesOf = ({ file, source, path, scopes }: SourceUnit): string | undefined => {
  let where: string | undefined
  walk(file, (node) => {
    if (where !== undefined) return false
    const isCapture =
      (ts.isVariableDeclaration(node) && node.initializer && isIntrinsicFunction(node.initializer, scopes)) ||
      (ts.isCallExpression(node) && isCaptureModule(node)) ||
      (ts.isImportDeclaration(node) &&
        ts.isStringLiteral(node.moduleSpecifier) &&
        captureModules.test(node.moduleSpecifier.text)) ||
      (ts.isCallExpression(node) && node.arguments.length === 1 && isBoundCall(node, scopes))
    if (isCapture) where = `${path}:${source.lineOf(node.getStart())}`
    return !isCapture
  })
  return where
}

const isCaptureModule = (node: ts.CallExpression): boolean => {
  const [specifier] = node.arguments
  return (
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'require' &&
    specifier !== undefined &&
    ts.isStringLiteral(specifier) &&
    captureModules.test(specifier.text)
  )
}

/** `Function.call.bind(Array.prototype.slice)`. */
const isBoundCall = (node: ts.CallExpression, scopes: ScopeTree): boolean =>
  ts.isPropertyAccessExpression(node.expression) &&
  node.expression.name.text === 'bind' &&
  (isMember(bare(node.expression.expression), 'Function', 'call') ||
    node.expression.expression.getText() === 'Function.prototype.call') &&
  isIntrinsicFunction(node.arguments[0]!, scopes)
