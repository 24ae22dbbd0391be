import ts from 'typescript'

import type { Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `!(a === b)` may become `a !== b`, and so for ==, != and !==: by the language's definition the one
 * is the negation of the other. Not for < and >, where NaN and undefined make both false.
 */

const opposites: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.EqualsEqualsToken, '!='],
  [ts.SyntaxKind.ExclamationEqualsToken, '=='],
])

/** Where a comparison needs no parentheses in place of a negation, which binds tighter. */
const isLoosePlace = (node: ts.Node): boolean =>
  ts.isParenthesizedExpression(node) ||
  ts.isIfStatement(node) ||
  ts.isWhileStatement(node) ||
  ts.isReturnStatement(node) ||
  ts.isVariableDeclaration(node) ||
  ts.isConditionalExpression(node) ||
  ts.isCallExpression(node) ||
  ts.isArrowFunction(node) ||
  (ts.isBinaryExpression(node) &&
    (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      node.operatorToken.kind === ts.SyntaxKind.BarBarToken ||
      node.operatorToken.kind === ts.SyntaxKind.EqualsToken))

export const negatedComparisons: Recipe = {
  id: 'negated-comparisons',
  title: '!(a === b) to a !== b',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isPrefixUnaryExpression(node) || node.operator !== ts.SyntaxKind.ExclamationToken) return
      if (!ts.isParenthesizedExpression(node.operand) || !ts.isBinaryExpression(node.operand.expression)) return
      const comparison = node.operand.expression
      const operator = opposites.get(comparison.operatorToken.kind)
      if (!operator || !isLoosePlace(node.parent)) return
      if (file.hasComment(startOf(node, file), node.end)) return findings.refuse(node, 'a comment stands inside')
      findings.edit({
        at: node,
        title: 'a negated comparison becomes its opposite',
        reason: 'the two operators are defined as negations of each other',
        changes: [
          { start: startOf(node, file), end: startOf(comparison, file), text: '' },
          { start: startOf(comparison.operatorToken, file), end: comparison.operatorToken.end, text: operator },
          { start: comparison.end, end: node.end, text: '' },
        ],
      })
    })
  },
}
