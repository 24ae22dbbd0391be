import ts from 'typescript'
import { change, removal, type Candidate, type Operator } from '../candidate.ts'
import { isCovered, isIdleJump, isLastOfFunction, isUndefined } from '../equivalent.ts'
import { isFunctionNode } from '../nodes.ts'

/** What only names a value does nothing; `super()` cannot go. */
const isWorth = ({ expression }: ts.ExpressionStatement): boolean =>
  !ts.isIdentifier(expression) &&
  !ts.isStringLiteralLike(expression) &&
  !(ts.isCallExpression(expression) && expression.expression.kind === ts.SyntaxKind.SuperKeyword)

const returned = (node: ts.ReturnStatement): Candidate[] => {
  const { expression } = node
  if (expression === undefined) return isLastOfFunction(node) ? [] : [removal('return', node, ';')]
  return isUndefined(expression) ? [] : [change('return', expression, 'undefined')]
}

const onlyReturns = ({ statements }: ts.Block): boolean =>
  statements.length === 1 && ts.isReturnStatement(statements[0]!)

const blocks = (node: ts.Node): Candidate[] => {
  if (ts.isIfStatement(node) && node.elseStatement !== undefined) {
    const { thenStatement, elseStatement } = node
    const otherwise =
      ts.isIfStatement(elseStatement) || isCovered(elseStatement) ? [] : [removal('block', elseStatement, '{}')]
    return isCovered(thenStatement) ? otherwise : [removal('block', thenStatement, '{}'), ...otherwise]
  }
  if (isFunctionNode(node) && ts.isBlock(node.body!) && !isCovered(node.body) && !onlyReturns(node.body))
    return ts.isConstructorDeclaration(node) ? [] : [removal('block', node.body, '{}')]
  const isRoundabout = ts.isTryStatement(node) && node.finallyBlock !== undefined && !isCovered(node.finallyBlock)
  return isRoundabout ? [removal('block', node.finallyBlock!, '{}')] : []
}

/** Statements and blocks are left out; what is returned becomes undefined. */
export const statementOperators: Operator = (node) => {
  if (ts.isExpressionStatement(node)) return isWorth(node) ? [removal('statement', node, ';')] : []
  if (ts.isThrowStatement(node)) return [removal('statement', node, ';')]
  if (ts.isBreakOrContinueStatement(node)) return isIdleJump(node) ? [] : [removal('statement', node, ';')]
  if (ts.isReturnStatement(node)) return returned(node)
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body) && !isUndefined(node.body))
    return [change('return', node.body, 'undefined')]
  return blocks(node)
}
