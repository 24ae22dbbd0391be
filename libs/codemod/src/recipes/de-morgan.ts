import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import * as K from '../syntax/kinds.ts'
import { bare, walk } from '../syntax/nodes.ts'
import { AND, EQUALITY, inPlace, isCondition, OR, precedenceOf, replacement } from '../syntax/truth.ts'

/*
 * Proof obligation. `!(!a && !b)` may become `a || b`, and `!(!a || !b)` may become `a && b`, where only the truth of the
 * whole is asked for, or where a and b are booleans: elsewhere the values behind the signs would come out. Comparisons
 * with an equality operator take the opposite one and are booleans. The operands are asked in the same order and in the
 * same cases. Operands that would have to get a sign stay as they are: nothing would be gained.
 */

const S = ts.SyntaxKind

const opposites: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [S.EqualsEqualsEqualsToken, '!=='],
  [S.ExclamationEqualsEqualsToken, '==='],
  [S.EqualsEqualsToken, '!='],
  [S.ExclamationEqualsToken, '=='],
])

const isNot = (node: ts.Node): node is ts.PrefixUnaryExpression =>
  ts.isPrefixUnaryExpression(node) && node.operator === S.ExclamationToken

/** The operands of a run of one operator, left to right. */
const operandsOf = (node: ts.Expression, operator: ts.SyntaxKind): ts.Expression[] =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === operator
    ? [...operandsOf(node.left, operator), ...operandsOf(node.right, operator)]
    : [node]

/** The opposite of an operand without a sign of its own; undefined where it would need one. */
const opposite = (node: ts.Expression, least: number): string | undefined => {
  const operand = bare(node)
  if (isNot(operand)) return inPlace(bare(operand.operand), least)
  const operator = ts.isBinaryExpression(operand) ? opposites.get(operand.operatorToken.kind) : undefined
  if (!operator || !ts.isBinaryExpression(operand)) return undefined
  return `${inPlace(operand.left, EQUALITY)} ${operator} ${inPlace(operand.right, EQUALITY + 1)}`
}

const convert = (node: ts.PrefixUnaryExpression, file: FileContext, findings: Findings): void => {
  const inner = bare(node.operand)
  if (!ts.isBinaryExpression(inner)) return
  const { kind } = inner.operatorToken
  if (kind !== S.AmpersandAmpersandToken && kind !== S.BarBarToken) return
  const isAnd = kind === S.AmpersandAmpersandToken
  const level = isAnd ? OR : AND
  const operands = operandsOf(inner, kind)
  const texts = operands.map((operand) => opposite(operand, level + 1))
  if (texts.some((text) => text === undefined)) return
  const isBoolean = (operand: ts.Expression): boolean => {
    const value = bare(operand)
    return !isNot(value) || file.certain.isOnly(value.operand, K.BOOLEAN)
  }
  if (!isCondition(node) && !operands.every(isBoolean))
    return findings.refuse(node, 'its value is used, and what stands behind the signs may be no boolean')
  if (file.hasComment(startOf(node, file), node.end)) return findings.refuse(node, 'a comment stands inside')
  const text = texts.join(isAnd ? ' || ' : ' && ')
  findings.edit({
    at: node,
    title: `a negated ${isAnd ? '&&' : '||'} of negations becomes ${isAnd ? '||' : '&&'}`,
    reason: 'the operands are asked in the same order and the same cases',
    changes: [{ start: startOf(node, file), end: node.end, text: place(node, text, level) }],
  })
}

const place = (node: ts.Expression, text: string, level: number): string => {
  const { parent } = node
  // Inside of a run of the same operator no parentheses are wanted.
  const isRun = ts.isBinaryExpression(parent) && precedenceOf(parent) === level && parent.left === node
  return isRun ? text : replacement(node, text, level)
}

export const deMorgan: Recipe = {
  id: 'de-morgan',
  title: '!(!a && !b) to a || b',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (isNot(node)) convert(node, file, findings)
    })
  },
}
