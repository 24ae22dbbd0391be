import ts from 'typescript'
import { bare, functionAround, isLoop, listAround } from './nodes.ts'

const K = ts.SyntaxKind

const numeric = new Set([
  K.MinusToken,
  K.AsteriskToken,
  K.SlashToken,
  K.PercentToken,
  K.AsteriskAsteriskToken,
  K.AmpersandToken,
  K.BarToken,
  K.CaretToken,
  K.LessThanLessThanToken,
  K.GreaterThanGreaterThanToken,
  K.GreaterThanGreaterThanGreaterThanToken,
])

/** Whether a value is text for certain. */
export const isString = (node: ts.Expression): boolean => {
  const value = bare(node)
  if (ts.isStringLiteralLike(value) || ts.isTemplateExpression(value)) return true
  return (
    ts.isBinaryExpression(value) &&
    value.operatorToken.kind === K.PlusToken &&
    (isString(value.left) || isString(value.right))
  )
}

/** Whether a value is a number for certain (`length` is taken for one). */
export const isKnownNumber = (node: ts.Expression): boolean => {
  const value = bare(node)
  if (ts.isNumericLiteral(value)) return true
  if (ts.isPropertyAccessExpression(value)) return value.name.text === 'length'
  if (ts.isPostfixUnaryExpression(value)) return true
  if (ts.isPrefixUnaryExpression(value)) return value.operator !== K.ExclamationToken
  return ts.isBinaryExpression(value) && numeric.has(value.operatorToken.kind)
}

/** `x * 1` and `x / 1`, and with a number `x + 0` and `x - 0`, are the same. */
export const isNeutral = ({ left, operatorToken: { kind }, right }: ts.BinaryExpression): boolean => {
  const amount = bare(right).getText()
  if (kind === K.AsteriskToken || kind === K.SlashToken) return amount === '1'
  if (kind === K.PlusToken || kind === K.MinusToken) return amount === '0' && isKnownNumber(left)
  return false
}

const same = (a: ts.Expression, b: ts.Expression): boolean => bare(a).getText() === bare(b).getText()

const assignmentOf = (statement: ts.Statement): ts.BinaryExpression | undefined => {
  const only = ts.isBlock(statement) && statement.statements.length === 1 ? statement.statements[0]! : statement
  if (!ts.isExpressionStatement(only) || !ts.isBinaryExpression(only.expression)) return undefined
  return only.expression.operatorToken.kind === K.EqualsToken ? only.expression : undefined
}

/** In `a > b ? a : b` and in `if (a > most) most = a` it is all one what happens when both are equal. */
export const choosesItsOperand = (node: ts.BinaryExpression): boolean => {
  let test: ts.Node = node
  while (ts.isParenthesizedExpression(test.parent)) test = test.parent
  const { parent } = test
  const sides = [node.left, node.right]
  if (ts.isConditionalExpression(parent) && parent.condition === test) {
    const [a, b] = [parent.whenTrue, parent.whenFalse]
    return !same(a, b) && sides.some((side) => same(side, a)) && sides.some((side) => same(side, b))
  }
  if (!ts.isIfStatement(parent) || parent.expression !== test || parent.elseStatement !== undefined) return false
  const set = assignmentOf(parent.thenStatement)
  if (set === undefined || same(set.left, set.right)) return false
  return sides.some((side) => same(side, set.left)) && sides.some((side) => same(side, set.right))
}

/** Whether nothing of a function comes behind a statement. */
export const isLastOfFunction = (statement: ts.Statement): boolean => {
  const list = listAround(statement)
  if (list !== undefined && list.at(-1) !== statement) return false
  const { parent } = statement
  if (ts.isIfStatement(parent)) return isLastOfFunction(parent)
  if (!ts.isBlock(parent)) return false
  if (functionAround(statement)?.body === parent) return true
  return ts.isStatement(parent.parent) && ts.isIfStatement(parent.parent) && isLastOfFunction(parent.parent)
}

/** A `continue` at the end of its loop's body, or a `break` at the end of its switch, changes nothing. */
export const isIdleJump = (statement: ts.BreakOrContinueStatement): boolean => {
  if (statement.label !== undefined) return false
  const { parent } = statement
  const list = listAround(statement)
  if (list !== undefined && list.at(-1) !== statement) return false
  if (ts.isBreakStatement(statement)) {
    return ts.isCaseOrDefaultClause(parent) && parent.parent.clauses.at(-1) === parent
  }
  return isLoop(ts.isBlock(parent) ? parent.parent : parent)
}

/** `undefined` under any of its spellings. */
export const isUndefined = (node: ts.Expression): boolean => {
  const value = bare(node)
  return (ts.isIdentifier(value) && value.text === 'undefined') || ts.isVoidExpression(value)
}

/** What other mutants leave out already: nothing, or one statement that can go. */
export const isCovered = (node: ts.Statement): boolean => {
  const list = ts.isBlock(node) ? node.statements : [node]
  const [only] = list
  if (only === undefined) return true
  if (list.length > 1) return false
  return ts.isExpressionStatement(only) || ts.isThrowStatement(only) || ts.isBreakOrContinueStatement(only)
}
