import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { childToken, declaresLexically, endsLine, indentOf, reindent, startOf, startsLine } from '../engine/rewrite.ts'
import { neverCompletes } from '../syntax/control-flow.ts'
import { statementsOf, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. After a branch that always leaves (return, throw, break, continue), `else` may go: what it held
 * runs in just the same cases. Its block must not declare anything lexical, which would become visible further out,
 * and the `if` must stand in a block, where another statement may follow. All branches before it must leave as well.
 * A chain of `else if` stays a chain: taken apart it would only read longer.
 */

/** The `if` at the head of a chain of `else if`. */
const everyBranchLeaves = (node: ts.IfStatement): boolean => {
  for (let at: ts.Node = node; ts.isIfStatement(at); at = at.parent) {
    if (!neverCompletes(at.thenStatement)) return false
    if (!ts.isIfStatement(at.parent) || at.parent.elseStatement !== at) return true
  }
  return true
}

const headOf = (node: ts.IfStatement): ts.IfStatement => {
  let at = node
  while (ts.isIfStatement(at.parent) && at.parent.elseStatement === at) at = at.parent
  return at
}

const unwrap = (node: ts.IfStatement, block: ts.Block, file: FileContext, findings: Findings): void => {
  const keyword = childToken(node, ts.SyntaxKind.ElseKeyword, file)!
  const [first] = block.statements
  if (!first || declaresLexically(block.statements)) {
    return first ? findings.refuse(keyword, 'the block declares names of its own') : undefined
  }
  const open = childToken(block, ts.SyntaxKind.OpenBraceToken, file)!
  const close = childToken(block, ts.SyntaxKind.CloseBraceToken, file)!
  const layoutIsUsual = endsLine(open.end, file) && startsLine(close, file) && startsLine(first, file)
  if (!layoutIsUsual) return findings.refuse(keyword, 'the block is laid out in an unusual way')
  if (file.hasComment(node.thenStatement.end, open.end))
    return findings.refuse(keyword, 'a comment stands beside the else')
  const outer = indentOf(node, file)
  const inner = indentOf(first, file)
  const lastLineEnd = file.text.lastIndexOf('\n', startOf(close, file))
  const end = file.text[lastLineEnd - 1] === '\r' ? lastLineEnd - 1 : lastLineEnd
  findings.edit({
    at: keyword,
    title: 'else after a branch that leaves is unwrapped',
    reason: 'the branch before it leaves, so the code is reached in the same cases',
    changes: [
      { start: node.thenStatement.end, end: open.end, text: '' },
      ...reindent(block, open.end, end, inner, outer, file),
      { start: end, end: close.end, text: '' },
    ],
  })
}

export const elseAfterExit: Recipe = {
  id: 'else-after-exit',
  title: 'else after return, throw, break or continue',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isIfStatement(node) || !node.elseStatement || !neverCompletes(node.thenStatement)) return
      if (!everyBranchLeaves(node)) return
      const head = headOf(node)
      if (!statementsOf(head.parent) || ts.isCaseOrDefaultClause(head.parent)) return
      if (!startsLine(head, file)) return findings.refuse(node, 'it does not start its line')
      if (ts.isBlock(node.elseStatement)) unwrap(node, node.elseStatement, file, findings)
    })
  },
}
