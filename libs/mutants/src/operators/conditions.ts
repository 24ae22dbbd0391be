import ts from 'typescript'
import { change, type Candidate, type Operator } from '../candidate.ts'
import { isCovered } from '../equivalent.ts'
import { bare, isFunctionNode, isLoop } from '../nodes.ts'

const K = ts.SyntaxKind

/** Tests whose opposite another operator makes already. */
const hasOpposite = (test: ts.Expression): boolean => {
  const value = bare(test)
  if (ts.isPrefixUnaryExpression(value)) return value.operator === K.ExclamationToken
  if (!ts.isBinaryExpression(value)) return false
  const { kind } = value.operatorToken
  return kind >= K.LessThanToken && kind <= K.ExclamationEqualsEqualsToken
}

const isConstant = (test: ts.Expression): boolean =>
  [K.TrueKeyword, K.FalseKeyword, K.NumericLiteral].includes(bare(test).kind)

const jumpsOut = (node: ts.Node, nested = false): boolean => {
  if (ts.isReturnStatement(node) || ts.isThrowStatement(node)) return true
  if (ts.isBreakStatement(node)) return !nested || node.label !== undefined
  if (isFunctionNode(node)) return false
  const inside = nested || isLoop(node) || ts.isSwitchStatement(node)
  return ts.forEachChild(node, (child) => jumpsOut(child, inside) || undefined) ?? false
}

const variants = (test: ts.Expression, constants: readonly string[]): Candidate[] => {
  if (isConstant(test)) return []
  const negated = hasOpposite(test) ? [] : [change('condition', test, `!(${test.getText()})`)]
  return [...negated, ...constants.map((constant) => change('condition', test, constant))]
}

/** The test of an `if`, a loop or `?:` is negated, always true, always false. */
export const conditionOperators: Operator = (node) => {
  if (ts.isIfStatement(node)) {
    // to leave out all that it guards is another mutant already
    const isSame = node.elseStatement === undefined && isCovered(node.thenStatement)
    return variants(node.expression, isSame ? ['true'] : ['true', 'false'])
  }
  if (ts.isConditionalExpression(node)) return variants(node.condition, ['true', 'false'])
  if (ts.isWhileStatement(node) || ts.isForStatement(node)) {
    const test = ts.isForStatement(node) ? node.condition : node.expression
    if (test === undefined) return []
    // a loop that nothing ends would only take its time to be found
    return variants(test, jumpsOut(node.statement) ? ['true', 'false'] : ['false'])
  }
  return ts.isDoStatement(node) ? variants(node.expression, ['false']) : []
}
