import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import {
  childToken,
  declaresLexically,
  endsLine,
  indentOf,
  isOneLine,
  reindent,
  startOf,
  startsLine,
  textOf,
} from '../engine/rewrite.ts'
import { walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `if (a) { if (b) {...} }` may become `if (a && b) {...}` when neither has an else and nothing
 * else stands in the outer block: b is asked only when a is true in both. `else { if (a) {...} }` may become
 * `else if (a) {...}` under the same condition, with the inner else kept. Names declared between cannot be lost, for
 * there is nothing between.
 */

const LIMIT = 110

const onlyIf = (statement: ts.Statement | undefined): ts.IfStatement | undefined => {
  const only =
    statement && ts.isBlock(statement) && statement.statements.length === 1 ? statement.statements[0] : undefined
  return only && ts.isIfStatement(only) ? only : undefined
}

const isLoose = (node: ts.Expression): boolean =>
  ts.isConditionalExpression(node) ||
  ts.isArrowFunction(node) ||
  ts.isYieldExpression(node) ||
  (ts.isBinaryExpression(node) &&
    (node.operatorToken.kind === ts.SyntaxKind.BarBarToken ||
      node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken ||
      node.operatorToken.kind === ts.SyntaxKind.CommaToken ||
      (node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
        node.operatorToken.kind <= ts.SyntaxKind.LastAssignment)))

/** The layout in which an inner statement's lines can move out by one step. */
const isUsual = (block: ts.Block, inner: ts.IfStatement, file: FileContext): boolean => {
  const open = childToken(block, ts.SyntaxKind.OpenBraceToken, file)!
  const close = childToken(block, ts.SyntaxKind.CloseBraceToken, file)!
  return (
    endsLine(open.end, file) &&
    startsLine(inner, file) &&
    startsLine(close, file) &&
    !file.hasComment(inner.end, close.end)
  )
}

const collapse = (node: ts.IfStatement, inner: ts.IfStatement, file: FileContext, findings: Findings): void => {
  if (node.elseStatement || inner.elseStatement || !ts.isBlock(inner.thenStatement)) return
  const block = node.thenStatement as ts.Block
  const a = node.expression
  const b = inner.expression
  const between = file.hasComment(a.end, startOf(b, file))
  if (between || !isUsual(block, inner, file))
    return findings.refuse(node, 'a comment or an unusual layout stands between')
  if (!isOneLine(startOf(a, file), a.end, file) || !isOneLine(startOf(b, file), b.end, file))
    return findings.refuse(node, 'a test runs over several lines')
  const width = indentOf(node, file).length + textOf(a, file).length + textOf(b, file).length + 14
  if (width > LIMIT) return findings.refuse(node, 'the joined test would be too long')
  const [openA, closeA] = isLoose(a) ? ['(', ')'] : ['', '']
  const [openB, closeB] = isLoose(b) ? ['(', ')'] : ['', '']
  findings.edit({
    at: node,
    title: 'two nested tests become one',
    reason: 'the inner test is asked only when the outer one holds, as before',
    changes: [
      ...(openA ? [{ start: startOf(a, file), end: startOf(a, file), text: openA }] : []),
      { start: a.end, end: startOf(b, file), text: `${closeA} && ${openB}` },
      ...(closeB ? [{ start: b.end, end: b.end, text: closeB }] : []),
      ...reindent(inner, b.end, inner.end, indentOf(inner, file), indentOf(node, file), file),
      { start: inner.end, end: node.end, text: '' },
    ],
  })
}

const join = (node: ts.IfStatement, inner: ts.IfStatement, file: FileContext, findings: Findings): void => {
  const block = node.elseStatement as ts.Block
  const open = childToken(block, ts.SyntaxKind.OpenBraceToken, file)!
  if (!isUsual(block, inner, file) || file.hasComment(open.end, startOf(inner, file))) {
    return findings.refuse(inner, 'a comment or an unusual layout stands between')
  }
  if (declaresLexically(block.statements)) return
  findings.edit({
    at: inner,
    title: 'else { if } becomes else if',
    reason: 'the block holds nothing but the test',
    changes: [
      { start: startOf(block, file), end: startOf(inner, file), text: '' },
      ...reindent(inner, startOf(inner, file), inner.end, indentOf(inner, file), indentOf(node, file), file),
      { start: inner.end, end: block.end, text: '' },
    ],
  })
}

export const collapseIfs: Recipe = {
  id: 'collapse-ifs',
  title: 'nested tests',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isIfStatement(node)) return
      const inThen = onlyIf(node.thenStatement)
      const inElse = onlyIf(node.elseStatement)
      if (inThen && startsLine(node, file)) collapse(node, inThen, file, findings)
      if (inElse) join(node, inElse, file, findings)
    })
  },
}
