import ts from 'typescript'

import { outer } from './nodes.ts'

const S = ts.SyntaxKind

/** Whether nothing but the truth of an expression is asked for, in its place. */
export const isCondition = (node: ts.Node): boolean => {
  let from = node
  while (ts.isParenthesizedExpression(from.parent)) from = from.parent
  const parent = outer(node)
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent))
    return parent.expression === from
  if (ts.isForStatement(parent) || ts.isConditionalExpression(parent)) return parent.condition === from
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === S.ExclamationToken
  if (!ts.isBinaryExpression(parent)) return false
  const { kind } = parent.operatorToken
  return (kind === S.AmpersandAmpersandToken || kind === S.BarBarToken) && isCondition(parent)
}

const levels: ReadonlyMap<ts.SyntaxKind, number> = new Map([
  [S.CommaToken, 1],
  [S.QuestionQuestionToken, 4],
  [S.BarBarToken, 5],
  [S.AmpersandAmpersandToken, 6],
  [S.BarToken, 7],
  [S.CaretToken, 8],
  [S.AmpersandToken, 9],
  [S.EqualsEqualsToken, 10],
  [S.ExclamationEqualsToken, 10],
  [S.EqualsEqualsEqualsToken, 10],
  [S.ExclamationEqualsEqualsToken, 10],
  [S.LessThanLessThanToken, 12],
  [S.GreaterThanGreaterThanToken, 12],
  [S.GreaterThanGreaterThanGreaterThanToken, 12],
  [S.PlusToken, 13],
  [S.MinusToken, 13],
  [S.AsteriskToken, 14],
  [S.SlashToken, 14],
  [S.PercentToken, 14],
  [S.AsteriskAsteriskToken, 15],
])

export const OR = 5
export const AND = 6
export const EQUALITY = 10
export const UNARY = 16
/** Names, literals, calls and member reads: what binds tightest. */
export const TIGHT = 20

/** How tightly an expression holds together; a larger number needs fewer parentheses. */
export const precedenceOf = (node: ts.Expression): number => {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken
    if (kind >= S.FirstAssignment && kind <= S.LastAssignment) return 2
    return levels.get(kind) ?? 11
  }
  if (ts.isConditionalExpression(node)) return 3
  if (ts.isArrowFunction(node) || ts.isYieldExpression(node)) return 2
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return 11
  const isUnary =
    ts.isPrefixUnaryExpression(node) ||
    ts.isTypeOfExpression(node) ||
    ts.isVoidExpression(node) ||
    ts.isDeleteExpression(node) ||
    ts.isAwaitExpression(node) ||
    ts.isTypeAssertionExpression(node)
  return isUnary ? UNARY : TIGHT
}

/** The text of an expression for a place that needs at least a precedence. `??` never stands beside || and && bare. */
export const inPlace = (node: ts.Expression, least: number): string => {
  const text = node.getText()
  return precedenceOf(node) < least ? `(${text})` : text
}

/** Whether a place takes an expression of any precedence above the comma. */
export const isLoosePlace = (node: ts.Node): boolean => {
  const { parent } = node
  if (ts.isBinaryExpression(parent)) {
    return parent.operatorToken.kind === S.EqualsToken && parent.right === node
  }
  return (
    ts.isParenthesizedExpression(parent) ||
    ts.isIfStatement(parent) ||
    ts.isWhileStatement(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isVariableDeclaration(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    (ts.isConditionalExpression(parent) && parent.condition !== node) ||
    ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression !== node)
  )
}

/** New text in place of an expression, in parentheses where it holds together less than what stood there. */
export const replacement = (old: ts.Expression, text: string, precedence: number): string =>
  precedence >= precedenceOf(old) || isLoosePlace(old) ? text : `(${text})`
