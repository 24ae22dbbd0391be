import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { INTRINSICS, type Findings, type Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import * as K from '../syntax/kinds.ts'
import { walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `a == b` may become `a === b` when no pair of values that the two sides can have is equal to the
 * one and not to the other. Two values of one type are compared alike by both. Of two types, == converts: numbers,
 * strings, booleans and bigints among each other, objects to any of these, and null equals undefined. So every pair of
 * kinds must be the same, or one of: a symbol and another primitive, null or undefined and anything but the other of
 * the two (document.all aside), two kinds of object (which are then two objects).
 */

const kinds = [
  K.UNDEFINED,
  K.NULL,
  K.BOOLEAN,
  K.NUMBER,
  K.BIGINT,
  K.STRING,
  K.SYMBOL,
  K.FUNCTION,
  K.ARRAY,
  K.REGEXP,
  K.OBJECT,
]
const OBJECTS = K.FUNCTION | K.ARRAY | K.REGEXP | K.OBJECT

const agree = (one: K.Kinds, other: K.Kinds): boolean => {
  if (one === other) return true
  const both = one | other
  if (K.onlyOf(both, K.NULLISH)) return false
  if (both & K.NULLISH) return true
  if (both & OBJECTS) return K.onlyOf(both, OBJECTS)
  return (both & K.SYMBOL) !== 0
}

const allAgree = (left: K.Kinds, right: K.Kinds): boolean => {
  const present = (set: K.Kinds): K.Kinds[] => kinds.filter((kind) => set & kind)
  return left !== 0 && right !== 0 && present(left).every((one) => present(right).every((other) => agree(one, other)))
}

const convert = (node: ts.BinaryExpression, file: FileContext, findings: Findings): void => {
  const { left, right, operatorToken } = node
  const isCertain = allAgree(file.certain.kindsOf(left), file.certain.kindsOf(right))
  if (!isCertain && !allAgree(file.kindsOf(left), file.kindsOf(right))) {
    // `x == null` is a way of asking for both null and undefined, and meant.
    const asksForNullish = [left, right].some((side) => K.onlyOf(file.certain.kindsOf(side), K.NULLISH))
    return asksForNullish ? undefined : findings.refuse(node, 'the two sides may be of types that == converts')
  }
  const start = startOf(operatorToken, file)
  const operator = operatorToken.kind === ts.SyntaxKind.EqualsEqualsToken ? '===' : '!=='
  findings.edit({
    at: node,
    title: `${operatorToken.getText(file.file)} becomes ${operator}`,
    reason: 'no values that the two sides can have are told apart by the one and not by the other',
    changes: [{ start, end: operatorToken.end, text: operator }],
    assumptions: isCertain ? ['no document.all'] : [INTRINSICS, 'no document.all'],
  })
}

export const strictEquality: Recipe = {
  id: 'strict-equality',
  title: '== to === where nothing is converted',
  family: 'safety',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isBinaryExpression(node)) return
      const { kind } = node.operatorToken
      if (kind === ts.SyntaxKind.EqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsToken)
        convert(node, file, findings)
    })
  },
}
