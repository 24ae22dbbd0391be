import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { INTRINSICS, type Findings, type Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import * as K from '../syntax/kinds.ts'
import { bare, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `x.indexOf(y) !== -1` may become `x.includes(y)` when `x` is a string or an array and
 *  - of a string: `y` is a string (a regular expression would throw, another object could convert twice);
 *  - of an array: `y` is neither NaN (indexOf never finds it) nor undefined (indexOf skips holes).
 * A null or undefined receiver throws a TypeError in both. `x.indexOf(y) === 0` may become `x.startsWith(y)` when both
 * are strings.
 */

type Meaning = 'found' | 'absent' | 'first'

const minusOne = (node: ts.Expression): boolean =>
  ts.isPrefixUnaryExpression(node) &&
  node.operator === ts.SyntaxKind.MinusToken &&
  ts.isNumericLiteral(node.operand) &&
  node.operand.text === '1'

const isZero = (node: ts.Expression): boolean => ts.isNumericLiteral(node) && node.text === '0'

const meaningOf = (operator: ts.SyntaxKind, right: ts.Expression): Meaning | undefined => {
  const S = ts.SyntaxKind
  if (minusOne(right)) {
    if (
      operator === S.ExclamationEqualsEqualsToken ||
      operator === S.ExclamationEqualsToken ||
      operator === S.GreaterThanToken
    )
      return 'found'
    return operator === S.EqualsEqualsEqualsToken || operator === S.EqualsEqualsToken ? 'absent' : undefined
  }
  if (!isZero(right)) return undefined
  if (operator === S.GreaterThanEqualsToken) return 'found'
  if (operator === S.LessThanToken) return 'absent'
  return operator === S.EqualsEqualsEqualsToken || operator === S.EqualsEqualsToken ? 'first' : undefined
}

/** Numbers may be NaN unless they are written out. */
const isFindable = (node: ts.Expression, file: FileContext): readonly string[] | undefined =>
  ts.isNumericLiteral(bare(node))
    ? []
    : file.proves(node, K.STRING | K.BOOLEAN | K.NULL | K.BIGINT | K.FUNCTION | K.ARRAY | K.OBJECT | K.REGEXP)

const proofOf = (
  receiver: ts.Expression,
  wanted: ts.Expression,
  meaning: Meaning,
  file: FileContext,
): readonly string[] | string => {
  const asText = file.proves(receiver, K.STRING | K.NULLISH)
  if (asText) return file.proves(wanted, K.STRING) ?? 'what is looked for may not be a string'
  if (meaning === 'first') return 'the receiver may not be a string'
  if (file.proves(receiver, K.ARRAY | K.NULLISH))
    return isFindable(wanted, file) ?? 'what is looked for may be NaN or undefined'
  const isMixed = file.proves(receiver, K.ARRAY | K.STRING | K.NULLISH)
  if (!isMixed) return 'the receiver may be neither a string nor an array'
  return file.proves(wanted, K.STRING) ?? 'what is looked for may not be a string'
}

const convert = (node: ts.BinaryExpression, file: FileContext, findings: Findings): void => {
  const call = node.left
  const meaning = meaningOf(node.operatorToken.kind, node.right)
  if (!meaning || !ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return
  if (call.expression.name.text !== 'indexOf' || call.questionDotToken || call.expression.questionDotToken) return
  const [wanted, from] = call.arguments
  if (!wanted || call.arguments.some(ts.isSpreadElement) || (from && meaning === 'first')) return
  if (file.capturedAt) return findings.refuse(node, `intrinsics are captured on purpose (${file.capturedAt})`)
  const proof = proofOf(call.expression.expression, wanted, meaning, file)
  if (typeof proof === 'string') return findings.refuse(node, proof)
  if (!file.hasLibrary(2016)) return findings.refuse(node, 'the compiler options lack the ES2016 library')
  if (file.hasComment(call.end, node.end)) return findings.refuse(node, 'a comment stands beside the comparison')
  const start = startOf(node, file)
  const name = meaning === 'first' ? 'startsWith' : 'includes'
  const at = startOf(call.expression.name, file)
  findings.edit({
    at: node,
    title: `indexOf becomes ${meaning === 'absent' ? '!' : ''}${name}`,
    reason: `the receiver is a string or an array, and ${name} finds just what indexOf finds`,
    changes: [
      ...(meaning === 'absent' ? [{ start, end: start, text: '!' }] : []),
      { start: at, end: at + 'indexOf'.length, text: name },
      { start: call.end, end: node.end, text: '' },
    ],
    assumptions: [...proof, INTRINSICS],
    need: { ecmaVersion: meaning === 'first' ? 2015 : 2016 },
  })
}

export const includes: Recipe = {
  id: 'includes',
  title: 'indexOf to includes or startsWith',
  family: 'modernize',
  need: { ecmaVersion: 2016 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isBinaryExpression(node)) convert(node, file, findings)
    })
  },
}
