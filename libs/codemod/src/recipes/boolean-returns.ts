import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { semicolonIn, startOf, textOf } from '../engine/rewrite.ts'
import { negationOf } from '../syntax/control-flow.ts'
import * as K from '../syntax/kinds.ts'
import { bare, statementsOf, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `if (c) { return true } return false` may become `return c` when c is a boolean, not just truthy;
 * the opposite becomes `return !c`, which is a boolean whatever c is. The test runs once in both, and nothing stands
 * between the two returns.
 */

const returned = (statement: ts.Statement | undefined): ts.Expression | undefined => {
  const only =
    statement && ts.isBlock(statement)
      ? statement.statements.length === 1
        ? statement.statements[0]
        : undefined
      : statement
  return only && ts.isReturnStatement(only) ? only.expression : undefined
}

const truthOf = (node: ts.Expression | undefined): boolean | undefined =>
  node?.kind === ts.SyntaxKind.TrueKeyword ? true : node?.kind === ts.SyntaxKind.FalseKeyword ? false : undefined

const convert = (node: ts.IfStatement, file: FileContext, findings: Findings): void => {
  const siblings = statementsOf(node.parent)
  const next = siblings?.[siblings.indexOf(node) + 1]
  const when = truthOf(returned(node.thenStatement))
  const otherwise = node.elseStatement ?? next
  const other = truthOf(returned(otherwise))
  if (when === undefined || other === undefined || when === other || !otherwise) return
  const proof = when ? file.proves(node.expression, K.BOOLEAN) : []
  if (!proof) return findings.refuse(node, 'the test may be something other than a boolean')
  const start = startOf(node.expression, file)
  const comments = file.hasComment(startOf(node, file), start) || file.hasComment(node.expression.end, otherwise.end)
  if (comments) return findings.refuse(node, 'a comment stands inside')
  const isPrevious = siblings !== undefined && ts.isIfStatement(siblings[siblings.indexOf(node) - 1] ?? node.parent)
  if (isPrevious && !node.elseStatement) return findings.refuse(node, 'it is the last of several tests in a row')
  const test = textOf(node.expression, file)
  // Taking a sign away would give the value behind it, which need not be a boolean.
  const isSigned = ts.isPrefixUnaryExpression(bare(node.expression))
  const negated = isSigned ? `!${test}` : negationOf(node.expression, test)
  const changes = when
    ? [
        { start: startOf(node, file), end: start, text: 'return ' },
        { start: node.expression.end, end: otherwise.end, text: semicolonIn(file) },
      ]
    : [{ start: startOf(node, file), end: otherwise.end, text: `return ${negated}${semicolonIn(file)}` }]
  findings.edit({
    at: node,
    title: 'a test that returns true or false becomes its result',
    reason: when ? 'the test is a boolean' : 'the negation of a test is a boolean',
    changes,
    assumptions: proof,
  })
}

export const booleanReturns: Recipe = {
  id: 'boolean-returns',
  title: 'if (c) return true; return false',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isIfStatement(node)) convert(node, file, findings)
    })
  },
}
