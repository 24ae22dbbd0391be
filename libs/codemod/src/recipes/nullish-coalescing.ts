import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { bare, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. For a plain variable `x`, `x != null ? x : e`, `x == null ? e : x` and their long forms with both
 * null and undefined may become `x ?? e`. The variable is read once instead of twice, which nothing can tell; for
 * properties a getter could. `e` keeps its place in the evaluation. Mixed with || or && it gets parentheses.
 */

interface NullTest {
  readonly name: ts.Identifier
  /** The test is true for null and undefined. */
  readonly isNullish: boolean
}

const S = ts.SyntaxKind

const isNullWord = (node: ts.Expression): 'null' | 'undefined' | undefined => {
  if (node.kind === S.NullKeyword) return 'null'
  return ts.isIdentifier(node) && node.text === 'undefined' ? 'undefined' : undefined
}

const looseTest = (node: ts.BinaryExpression): NullTest | undefined => {
  const { kind } = node.operatorToken
  if (kind !== S.EqualsEqualsToken && kind !== S.ExclamationEqualsToken) return undefined
  if (!ts.isIdentifier(node.left) || !isNullWord(node.right)) return undefined
  return { name: node.left, isNullish: kind === S.EqualsEqualsToken }
}

const strictPair = (node: ts.BinaryExpression): NullTest | undefined => {
  const { kind } = node.operatorToken
  const wanted =
    kind === S.AmpersandAmpersandToken
      ? S.ExclamationEqualsEqualsToken
      : kind === S.BarBarToken
        ? S.EqualsEqualsEqualsToken
        : undefined
  const left = bare(node.left)
  const right = bare(node.right)
  if (!wanted || !ts.isBinaryExpression(left) || !ts.isBinaryExpression(right)) return undefined
  if (left.operatorToken.kind !== wanted || right.operatorToken.kind !== wanted) return undefined
  if (!ts.isIdentifier(left.left) || !ts.isIdentifier(right.left) || left.left.text !== right.left.text)
    return undefined
  const words = [isNullWord(left.right), isNullWord(right.right)].sort().join()
  return words === 'null,undefined' ? { name: left.left, isNullish: wanted === S.EqualsEqualsEqualsToken } : undefined
}

const isLowOperator = (node: ts.Expression): boolean =>
  ts.isBinaryExpression(node)
    ? [S.BarBarToken, S.AmpersandAmpersandToken, S.CommaToken].includes(node.operatorToken.kind) ||
      (node.operatorToken.kind >= S.FirstAssignment && node.operatorToken.kind <= S.LastAssignment)
    : ts.isConditionalExpression(node) || ts.isArrowFunction(node) || ts.isYieldExpression(node)

const isOperand = (node: ts.Node): boolean =>
  ts.isBinaryExpression(node.parent) && node.parent.operatorToken.kind !== S.EqualsToken

const convert = (node: ts.ConditionalExpression, file: FileContext, findings: Findings): void => {
  const condition = bare(node.condition)
  const test = ts.isBinaryExpression(condition) ? (looseTest(condition) ?? strictPair(condition)) : undefined
  if (!test) return
  const [kept, other] = test.isNullish ? [node.whenFalse, node.whenTrue] : [node.whenTrue, node.whenFalse]
  if (!ts.isIdentifier(kept) || kept.text !== test.name.text) return
  const binding = file.scopes.bindingOf(test.name)
  if (!binding || binding.scope.dynamic) return findings.refuse(node, `${test.name.text} is no variable of this file`)
  const start = startOf(node, file)
  const otherStart = startOf(other, file)
  if (file.hasComment(start, otherStart) || file.hasComment(other.end, node.end))
    return findings.refuse(node, 'a comment stands inside')
  const wrap = isOperand(node)
  const inner = isLowOperator(other)
  findings.edit({
    at: node,
    title: `a null test of ${test.name.text} becomes ??`,
    reason: 'the test asks for null and undefined, which is what ?? asks for',
    changes: [
      { start, end: otherStart, text: `${wrap ? '(' : ''}${test.name.text} ?? ${inner ? '(' : ''}` },
      { start: other.end, end: node.end, text: `${inner ? ')' : ''}${wrap ? ')' : ''}` },
    ],
    assumptions: ['no document.all'],
  })
}

export const nullishCoalescing: Recipe = {
  id: 'nullish-coalescing',
  title: 'null tests to ??',
  family: 'modernize',
  need: { ecmaVersion: 2020 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isConditionalExpression(node)) convert(node, file, findings)
    })
  },
}
