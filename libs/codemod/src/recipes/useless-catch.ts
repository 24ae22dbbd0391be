import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { childToken, declaresLexically, endsLine, indentOf, reindent, startOf, startsLine } from '../engine/rewrite.ts'
import { statementsOf, walk } from '../syntax/nodes.ts'
import { directivesOf } from '../syntax/strict.ts'

/*
 * Proof obligation. `catch (e) { throw e }` throws on just what it caught, so the clause may go: with a `finally` only
 * the clause, else `try` and its braces too, when the block declares nothing lexical that would become visible further
 * out. The variable must be a plain name, and the block must hold nothing else. `return await` in the block waits with
 * or without the clause.
 */

const rethrows = (clause: ts.CatchClause): boolean => {
  const [only, more] = clause.block.statements
  const name = clause.variableDeclaration?.name
  return (
    only !== undefined &&
    more === undefined &&
    ts.isThrowStatement(only) &&
    name !== undefined &&
    ts.isIdentifier(name) &&
    ts.isIdentifier(only.expression) &&
    only.expression.text === name.text
  )
}

const convert = (node: ts.TryStatement, clause: ts.CatchClause, file: FileContext, findings: Findings): void => {
  if (file.hasComment(node.tryBlock.end, clause.end)) return findings.refuse(clause, 'a comment stands inside')
  const title = 'a catch that only throws on goes'
  const reason = 'what it caught leaves it as it came'
  if (node.finallyBlock) {
    const changes = [{ start: node.tryBlock.end, end: clause.end, text: '' }]
    return findings.edit({ at: clause, title, reason, changes })
  }
  const { statements } = node.tryBlock
  const [first] = statements
  if (!first) return
  if (!statementsOf(node.parent)) return findings.refuse(clause, 'the try is the whole body of another statement')
  if (declaresLexically(statements)) return findings.refuse(clause, 'the block declares names of its own')
  if (directivesOf(statements).length > 0)
    return findings.refuse(clause, 'its first statement could become a directive')
  const open = childToken(node.tryBlock, ts.SyntaxKind.OpenBraceToken, file)!
  const close = childToken(node.tryBlock, ts.SyntaxKind.CloseBraceToken, file)!
  const isUsual =
    startsLine(node, file) && endsLine(open.end, file) && startsLine(first, file) && startsLine(close, file)
  if (!isUsual || file.hasComment(startOf(node, file), startOf(first, file)))
    return findings.refuse(clause, 'the block is laid out in an unusual way')
  const lineEnd = file.text.lastIndexOf('\n', startOf(close, file))
  const end = file.text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd
  const inner = indentOf(first, file)
  findings.edit({
    at: clause,
    title,
    reason,
    changes: [
      { start: startOf(node, file), end: startOf(first, file), text: '' },
      ...reindent(node.tryBlock, startOf(first, file), end, inner, indentOf(node, file), file),
      { start: end, end: node.end, text: '' },
    ],
  })
}

export const uselessCatch: Recipe = {
  id: 'useless-catch',
  title: 'catch that only throws on',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isTryStatement(node) && node.catchClause && rethrows(node.catchClause))
        convert(node, node.catchClause, file, findings)
    })
  },
}
