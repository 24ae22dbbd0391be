import ts from 'typescript'

import { functionOf } from './functions.ts'
import { bare, isAssignment, isFunctionNode, walk } from './nodes.ts'
import type { Binding, ScopeTree } from './scopes.ts'

const wellKnownGlobals = new Set(
  (
    'undefined NaN Infinity Object Array String Number Boolean Symbol BigInt Math JSON Reflect RegExp Date Map Set ' +
    'WeakMap WeakSet Promise Error TypeError RangeError SyntaxError Function parseInt parseFloat isNaN isFinite ' +
    'module exports process globalThis console Buffer require'
  ).split(' '),
)

const isKnownName = (node: ts.Identifier, scopes: ScopeTree): boolean =>
  scopes.bindingOf(node) !== undefined || wellKnownGlobals.has(node.text)

/**
 * Whether an expression can be evaluated, or left out, without anything to notice: no call, no property read, no
 * conversion, no error. Names must be initialised where it stands.
 */
export const isInert = (expression: ts.Expression, scopes: ScopeTree): boolean => {
  const node = bare(expression)
  const inert = (each: ts.Expression): boolean => isInert(each, scopes)
  if (ts.isIdentifier(node)) return isKnownName(node, scopes)
  if (ts.isLiteralExpression(node) || isFunctionNode(node)) return true
  if (ts.isArrayLiteralExpression(node)) return node.elements.every((each) => !ts.isSpreadElement(each) && inert(each))
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.every((property) => {
      if (property.name && ts.isComputedPropertyName(property.name)) return false
      if (ts.isPropertyAssignment(property)) return inert(property.initializer)
      return ts.isShorthandPropertyAssignment(property)
        ? isKnownName(property.name, scopes)
        : !ts.isSpreadAssignment(property)
    })
  }
  if (ts.isConditionalExpression(node)) return inert(node.condition) && inert(node.whenTrue) && inert(node.whenFalse)
  if (ts.isPrefixUnaryExpression(node)) return isInertPrefix(node, inert)
  if (ts.isTypeOfExpression(node)) return ts.isIdentifier(node.expression) || inert(node.expression)
  if (ts.isVoidExpression(node)) return inert(node.expression)
  if (ts.isBinaryExpression(node))
    return isInertOperator(node.operatorToken.kind) && inert(node.left) && inert(node.right)
  return isKeyword(node)
}

const isInertPrefix = (node: ts.PrefixUnaryExpression, inert: (node: ts.Expression) => boolean): boolean =>
  node.operator === ts.SyntaxKind.ExclamationToken
    ? inert(node.operand)
    : ts.isNumericLiteral(node.operand) && node.operator !== ts.SyntaxKind.PlusPlusToken

const isInertOperator = (kind: ts.SyntaxKind): boolean =>
  kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
  kind === ts.SyntaxKind.ExclamationEqualsEqualsToken ||
  kind === ts.SyntaxKind.AmpersandAmpersandToken ||
  kind === ts.SyntaxKind.BarBarToken ||
  kind === ts.SyntaxKind.QuestionQuestionToken ||
  kind === ts.SyntaxKind.CommaToken

const isKeyword = (node: ts.Expression): boolean =>
  node.kind === ts.SyntaxKind.TrueKeyword ||
  node.kind === ts.SyntaxKind.FalseKeyword ||
  node.kind === ts.SyntaxKind.NullKeyword ||
  node.kind === ts.SyntaxKind.ThisKeyword ||
  node.kind === ts.SyntaxKind.OmittedExpression

/** What the rest of the tree says about code that a file loads. */
export interface Surroundings {
  readonly scopes: ScopeTree
  /** Whether `require(specifier)` can run code that comes back into this file before it returns. */
  canReenter(specifier: string): boolean
  /** The file is part of an import cycle: others can call its hoisted functions before its body has run. */
  readonly inCycle: boolean
  /** Whether an expression is surely no object, so that converting it runs nothing. */
  isPrimitive(expression: ts.Expression): boolean
}

const rootOf = (node: ts.Expression): ts.Expression => {
  let at = bare(node)
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) at = bare(at.expression)
  return at
}

/** Objects that this file made itself, or that the engine made: reading their properties runs nobody's getter. */
const isPlainRoot = (node: ts.Expression, scopes: ScopeTree): boolean => {
  const root = rootOf(node)
  if (isFunctionNode(root) || ts.isObjectLiteralExpression(root) || ts.isArrayLiteralExpression(root)) return true
  if (isRequire(root, scopes)) return true
  if (!ts.isIdentifier(root)) return ts.isLiteralExpression(root)
  const binding = scopes.bindingOf(root)
  if (binding === undefined) return wellKnownGlobals.has(root.text)
  if (functionOf(binding)) return true
  const [sole, more] = binding.declarations
  if (more || !sole || !ts.isVariableDeclaration(sole.node) || !sole.node.initializer) return false
  const value = bare(sole.node.initializer)
  const isOwn =
    ts.isObjectLiteralExpression(value) ||
    ts.isArrayLiteralExpression(value) ||
    ts.isFunctionExpression(value) ||
    isRequire(value, scopes)
  return isOwn && !binding.references.some(({ write }) => write)
}

const isRequire = (node: ts.Expression, scopes: ScopeTree): node is ts.CallExpression =>
  ts.isCallExpression(node) &&
  ts.isIdentifier(node.expression) &&
  node.expression.text === 'require' &&
  scopes.bindingOf(node.expression) === undefined &&
  node.arguments.length === 1 &&
  ts.isStringLiteral(node.arguments[0]!)

/** Calls of engine functions that call nothing back when their arguments are inert. */
const quietCalls =
  /^(Object\.(create|freeze|keys|defineProperty|getOwnPropertyDescriptor|getPrototypeOf)|Symbol|Symbol\.for|RegExp|Map|Set|WeakMap|WeakSet|Error)$/

/**
 * Whether evaluating a node itself (not its children) can run code outside of this file or a function of this file
 * that touches `binding`.
 */
const runsForeign = (node: ts.Node, binding: Binding, around: Surroundings, seen: Set<ts.Node>): boolean => {
  const { scopes } = around
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return callsForeign(node, binding, around, seen)
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return !isPlainRoot(node, scopes)
  if (ts.isBinaryExpression(node) && converts(node.operatorToken.kind)) {
    return !around.isPrimitive(node.left) || !around.isPrimitive(node.right)
  }
  if (ts.isIdentifier(node)) return scopes.referenceOf(node)?.read === true && mayBeMissing(node, scopes)
  return (
    ts.isTaggedTemplateExpression(node) ||
    ts.isAwaitExpression(node) ||
    ts.isYieldExpression(node) ||
    ts.isForOfStatement(node) ||
    ts.isSpreadElement(node) ||
    ts.isSpreadAssignment(node) ||
    ts.isArrayBindingPattern(node) ||
    ts.isTemplateExpression(node) ||
    ts.isDecorator(node) ||
    isExit(node) ||
    (isAssignment(node) && (ts.isArrayLiteralExpression(node.left) || ts.isObjectLiteralExpression(node.left)))
  )
}

/** Operators that ask objects for their primitive value, or that throw for some operands. */
const converts = (kind: ts.SyntaxKind): boolean =>
  (kind >= ts.SyntaxKind.LessThanToken && kind <= ts.SyntaxKind.GreaterThanEqualsToken) ||
  kind === ts.SyntaxKind.EqualsEqualsToken ||
  kind === ts.SyntaxKind.ExclamationEqualsToken ||
  (kind >= ts.SyntaxKind.PlusToken && kind <= ts.SyntaxKind.CaretToken) ||
  (kind >= ts.SyntaxKind.PlusEqualsToken && kind <= ts.SyntaxKind.CaretEqualsToken) ||
  kind === ts.SyntaxKind.InKeyword ||
  kind === ts.SyntaxKind.InstanceOfKeyword

/** A name that nobody declares may not be there, and reading it then throws. `typeof` may ask for it. */
const mayBeMissing = (node: ts.Identifier, scopes: ScopeTree): boolean =>
  scopes.bindingOf(node) === undefined && !wellKnownGlobals.has(node.text) && !ts.isTypeOfExpression(node.parent)

/** Leaving early lets what was made before escape from what would have come after. */
const isExit = (node: ts.Node): boolean =>
  ts.isReturnStatement(node) || ts.isThrowStatement(node) || ts.isBreakOrContinueStatement(node)

const callsForeign = (
  node: ts.CallExpression | ts.NewExpression,
  binding: Binding,
  around: Surroundings,
  seen: Set<ts.Node>,
): boolean => {
  if (isRequire(node, around.scopes)) return around.canReenter((node.arguments[0] as ts.StringLiteral).text)
  const callee = bare(node.expression)
  if (ts.isIdentifier(callee)) {
    const called = around.scopes.bindingOf(callee)
    const target = called && functionOf(called)
    if (target) return touches(target, binding, around, seen)
  }
  if (isFunctionNode(callee)) return touches(callee, binding, around, seen)
  const name = callee.getText()
  const root = rootOf(callee)
  const isEngine = ts.isIdentifier(root) && around.scopes.bindingOf(root) === undefined && quietCalls.test(name)
  return !isEngine || !(node.arguments ?? []).every((each) => isInert(each, around.scopes))
}

/** Whether running a function of this file can reach `binding` or leave the file. */
const touches = (target: ts.Node, binding: Binding, around: Surroundings, seen: Set<ts.Node>): boolean => {
  if (seen.has(target)) return false
  seen.add(target)
  let found = false
  walk(target, (node) => {
    if (ts.isIdentifier(node) && around.scopes.bindingOf(node) === binding) found = true
    // What only reads or compares may call getters, which cannot know this binding before it has escaped.
    if (isExit(node)) return !found
    if (!found && node !== target && runsForeign(node, binding, around, seen)) found = true
    return !found
  })
  return found
}

/**
 * Whether anything that is evaluated between two offsets, at the level of the function that holds them, can call
 * code that is not in sight. Nested functions are not run by being passed over.
 */
export const runsForeignBetween = (
  container: ts.Node,
  start: number,
  end: number,
  binding: Binding,
  around: Surroundings,
): boolean => {
  let found = false
  walk(container, (node) => {
    if (found || node.end <= start || node.pos >= end) return false
    if (node !== container && isFunctionNode(node)) return false
    const isEvaluatedInside = node.end > start && node.end <= end
    if (isEvaluatedInside && runsForeign(node, binding, around, new Set())) found = true
    return !found
  })
  return found
}
