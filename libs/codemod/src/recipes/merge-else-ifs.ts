import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { indentOf, isOneLine, sameCode, startOf } from '../engine/rewrite.ts'
import { walk } from '../syntax/nodes.ts'
import { inPlace, OR } from '../syntax/truth.ts'

/*
 * Proof obligation. `if (a) { S } else if (b) { S }`, with the same S, may become `if (a || b) { S }`: b is asked only
 * when a is false, and S runs once when one of them holds. What follows as else is reached when neither does. One line
 * each, so that the joined test can be read.
 */

const LIMIT = 110

const isCoalescing = (node: ts.Expression): boolean =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken

const convert = (node: ts.IfStatement, other: ts.IfStatement, file: FileContext, findings: Findings): void => {
  const { expression: a, thenStatement } = node
  const { expression: b } = other
  if (file.hasComment(thenStatement.pos, other.thenStatement.end) || file.hasComment(startOf(node, file), a.end))
    return findings.refuse(other, 'a comment stands inside')
  if (!isOneLine(startOf(a, file), a.end, file) || !isOneLine(startOf(b, file), b.end, file))
    return findings.refuse(other, 'a test runs over several lines')
  const sides = [a, b].map((side) => (isCoalescing(side) ? `(${side.getText(file.file)})` : inPlace(side, OR)))
  const test = sides.join(' || ')
  if (indentOf(node, file).length + test.length + 8 > LIMIT)
    return findings.refuse(other, 'the joined test would be too long')
  findings.edit({
    at: other,
    title: 'two branches with the same outcome become one',
    reason: 'the second test is asked only when the first is false, as before',
    changes: [
      { start: startOf(a, file), end: a.end, text: test },
      { start: thenStatement.end, end: other.thenStatement.end, text: '' },
    ],
  })
}

export const mergeElseIfs: Recipe = {
  id: 'merge-else-ifs',
  title: 'branches with the same outcome',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      const other = ts.isIfStatement(node) ? node.elseStatement : undefined
      if (!other || !ts.isIfStatement(node) || !ts.isIfStatement(other)) return
      if (sameCode(node.thenStatement, other.thenStatement, file)) convert(node, other, file, findings)
    })
  },
}
