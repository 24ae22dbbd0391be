import ts from 'typescript'

import { findPattern } from '../engine/pattern.ts'
import { INTRINSICS, type Change, type Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import * as K from '../syntax/kinds.ts'

/*
 * Proof obligation. `Math.pow(a, b)` may become `a ** b` when both operands are numbers: for bigints the one throws
 * and the other does not, and objects may convert to bigints. The operator binds tighter than its neighbours on the
 * left and may not follow a sign, so operands that are no plain names, members, calls or numbers are left alone, and
 * the whole gets parentheses inside of another operator, a member access or a call.
 */

const isTight = (node: ts.Expression): boolean =>
  ts.isIdentifier(node) ||
  ts.isNumericLiteral(node) ||
  ts.isPropertyAccessExpression(node) ||
  ts.isElementAccessExpression(node) ||
  ts.isCallExpression(node) ||
  ts.isParenthesizedExpression(node)

const needsParentheses = (node: ts.Expression): boolean => {
  const { parent } = node
  return !(
    ts.isParenthesizedExpression(parent) ||
    ts.isVariableDeclaration(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isExpressionStatement(parent) ||
    (ts.isCallExpression(parent) && parent.expression !== node) ||
    (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken) ||
    ts.isPropertyAssignment(parent)
  )
}

export const exponent: Recipe = {
  id: 'exponent',
  title: 'Math.pow to **',
  family: 'modernize',
  need: { ecmaVersion: 2016 },
  find(file, findings) {
    for (const { node, capture } of findPattern(file, 'Math.pow($BASE, $POWER)')) {
      if (!ts.isCallExpression(node) || node.arguments.some(ts.isSpreadElement)) continue
      const base = capture('BASE')
      const power = capture('POWER')
      if (file.capturedAt) findings.refuse(node, `intrinsics are captured on purpose (${file.capturedAt})`)
      else if (file.scopes.root.bindings.has('Math')) findings.refuse(node, 'Math means something else here')
      else if (!file.proves(base, K.NUMBER) || !file.proves(power, K.NUMBER))
        findings.refuse(node, 'an operand may not be a number')
      else if (!isTight(base) || !isTight(power)) findings.refuse(node, 'an operand would need parentheses')
      else if (file.hasComment(startOf(node, file), node.end)) findings.refuse(node, 'a comment stands inside')
      else {
        const [open, close] = needsParentheses(node) ? ['(', ')'] : ['', '']
        const changes: Change[] = [
          { start: startOf(node, file), end: startOf(base, file), text: open },
          { start: base.end, end: startOf(power, file), text: ' ** ' },
          { start: power.end, end: node.end, text: close },
        ]
        findings.edit({
          at: node,
          title: 'Math.pow becomes **',
          reason: 'both operands are numbers',
          changes,
          assumptions: [INTRINSICS],
        })
      }
    }
  },
}
