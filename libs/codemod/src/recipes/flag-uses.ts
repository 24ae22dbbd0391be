import ts from 'typescript'

import { enclosingFunction, isAssignment, outer, within } from '../syntax/nodes.ts'
import { assignmentTarget } from '../syntax/reference-kind.ts'
import { isOwnCall, isReader } from './flag-functions.ts'
import { holds, isListCall, type View } from './flag-view.ts'

/*
 * A value stays what it was where it is only read, compared, kept in a variable or a list, or handed to a function that
 * says that it takes one, and where what it is kept in still says what it holds.
 */

const isTest = (node: ts.Expression, parent: ts.Node): boolean =>
  (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent)) && parent.expression === node

const comparing = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.InKeyword,
])

const choosing = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
])

/** What is chosen has the type still, and not a wider one of something else beside it; `x && y` never gives an object x. */
const isChosen = (node: ts.BinaryExpression, value: ts.Expression, view: View): boolean =>
  holds(node, view) || (node.left === value && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken)

const isKeptBy = (node: ts.BinaryExpression, value: ts.Expression, view: View): boolean => {
  const { left, operatorToken } = node
  if (!isAssignment(node))
    return comparing.has(operatorToken.kind) || (choosing.has(operatorToken.kind) && isChosen(node, value, view))
  if (left === value) return ts.isIdentifier(left) || isListElement(left, view)
  return (ts.isIdentifier(left) || isListElement(left, view)) && holds(left, view)
}

const isListElement = (node: ts.Expression, view: View): boolean =>
  ts.isElementAccessExpression(node) && view.shapeOf(view.typeOf(node.expression)) === 'list'

const isNumber = (node: ts.Expression, view: View): boolean =>
  ((view.typeOf(node)?.flags ?? 0) & ts.TypeFlags.NumberLike) !== 0

const hasRest = (name: ts.BindingName): boolean =>
  ts.isObjectBindingPattern(name) && name.elements.some((each) => each.dotDotDotToken !== undefined)

const isDeclared = ({ name, type, initializer }: ts.VariableDeclaration, view: View): boolean =>
  !hasRest(name) && (!type || view.shapeOf(view.wantedOf(initializer!)) !== 'none')

/** Whether what a function gives back is still of the type for whoever gets it. */
const isReturned = (node: ts.Expression, view: View): boolean => {
  const wanted = view.wantedOf(node)
  if (wanted && !(wanted.flags & (ts.TypeFlags.TypeParameter | ts.TypeFlags.Void)))
    return view.shapeOf(wanted) !== 'none'
  const signature = view.signatureOf(enclosingFunction(node)!)
  return view.shapeOf(signature?.getReturnType()) !== 'none'
}

/** What uses an expression, parentheses, assertions and `!` aside. */
const userOf = (node: ts.Node): ts.Node => {
  const user = outer(node)
  return ts.isNonNullExpression(user) || ts.isAsExpression(user) || ts.isSatisfiesExpression(user) ? userOf(user) : user
}

const isRead = (node: ts.PropertyAccessExpression | ts.ElementAccessExpression, view: View): boolean => {
  const shape = view.shapeOf(view.typeOf(node.expression))
  const user = userOf(node)
  const isCalled = ts.isCallExpression(user) && !user.arguments.some((each) => within(node, each))
  if (shape === 'list') {
    if (ts.isElementAccessExpression(node)) return !isCalled && isNumber(node.argumentExpression, view)
    return node.name.text === 'length' || isListCall(user, view)
  }
  if (shape !== 'value' || isCalled || ts.isTaggedTemplateExpression(user) || ts.isDeleteExpression(user)) return false
  const isNamed = ts.isPropertyAccessExpression(node) || ts.isStringLiteral(node.argumentExpression)
  return isNamed && assignmentTarget(node) === 'none'
}

const isPassed = (node: ts.Expression, call: ts.CallExpression, view: View): boolean =>
  call.expression !== node &&
  (isReader(call, view) ||
    ((isOwnCall(call, view) || isListCall(call, view)) && view.shapeOf(view.wantedOf(node)) !== 'none'))

const isSpread = (node: ts.SpreadElement, view: View): boolean =>
  (ts.isArrayLiteralExpression(node.parent) && holds(node.parent, view)) || isListCall(node.parent, view)

/** Whether a value of the type stays what it is, and in sight, where it stands. */
const staysInSight = (node: ts.Expression, view: View): boolean => {
  const { parent } = node
  if (ts.isBinaryExpression(parent)) return isKeptBy(parent, node, view)
  if (assignmentTarget(node) !== 'none') return false
  if (ts.isPropertyAccessExpression(parent)) return isRead(parent, view)
  if (ts.isElementAccessExpression(parent)) return parent.expression === node && isRead(parent, view)
  if (ts.isCallExpression(parent)) return isPassed(node, parent, view)
  if (ts.isVariableDeclaration(parent)) return isDeclared(parent, view)
  if (ts.isParameter(parent)) return view.shapeOf(view.wantedOf(node)) !== 'none'
  if (ts.isReturnStatement(parent) || ts.isArrowFunction(parent)) return isReturned(node, view)
  if (ts.isSpreadElement(parent)) return isSpread(parent, view)
  if (ts.isForOfStatement(parent))
    return ts.isVariableDeclarationList(parent.initializer) && !hasRest(parent.initializer.declarations[0]!.name)
  if (ts.isConditionalExpression(parent)) return parent.condition === node || holds(parent, view)
  if (ts.isArrayLiteralExpression(parent)) return holds(parent, view)
  return (
    ts.isParenthesizedExpression(parent) ||
    ts.isNonNullExpression(parent) ||
    ts.isPrefixUnaryExpression(parent) ||
    ts.isTypeOfExpression(parent) ||
    ts.isAwaitExpression(parent) ||
    ts.isExpressionStatement(parent) ||
    isTest(node, parent)
  )
}

/** Why a value of the type may not stay what it is where it stands. */
export const useProblem = (node: ts.Expression, view: View): string | undefined => {
  const shape = view.shapeOf(view.typeOf(node))
  if (shape === 'none') return undefined
  if (shape === 'mixed') return 'one of its values is held among something else'
  if (ts.isSpreadAssignment(node.parent)) return 'one of its values is spread into another object'
  return staysInSight(node, view) ? undefined : 'one of its values is written to, or handed to code that may do so'
}

export const patternProblem = (node: ts.ObjectBindingPattern, view: View): string | undefined =>
  hasRest(node) && holds(node, view) ? 'one of its values is taken apart' : undefined
