import ts from 'typescript'
import { change, changePart, type Operator } from '../candidate.ts'
import { functionAround, outer } from '../nodes.ts'

const K = ts.SyntaxKind

const isNegation = (node: ts.Node): boolean => ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken

const isAwaitedReturn = (node: ts.AwaitExpression): boolean => {
  const parent = outer(node)
  if (ts.isArrowFunction(parent)) return true
  if (!ts.isReturnStatement(parent)) return false
  const home = functionAround(node)
  for (let at: ts.Node = parent; at !== home; at = at.parent) if (ts.isTryStatement(at)) return false
  return home !== undefined && home.asteriskToken === undefined
}

/** Signs and `!` are dropped, `++` becomes `--`, `await` goes. */
export const unaryOperators: Operator = (node, { text }) => {
  if (ts.isAwaitExpression(node)) return isAwaitedReturn(node) ? [] : [change('await', node, node.expression.getText())]
  if (!ts.isPrefixUnaryExpression(node) && !ts.isPostfixUnaryExpression(node)) return []
  if (node.operator === K.PlusPlusToken || node.operator === K.MinusMinusToken) {
    const start = ts.isPrefixUnaryExpression(node) ? node.getStart() : node.end - 2
    const other = node.operator === K.PlusPlusToken ? '--' : '++'
    return [changePart('update', node, { start, end: start + 2 }, other, text)]
  }
  // of `!!x` one drop is as good as the other
  return isNegation(node) && isNegation(node.parent) ? [] : [change('unary', node, node.operand.getText())]
}
