import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { removalOf, removalProblem, startOf, textOf } from '../engine/rewrite.ts'
import { negationOf } from '../syntax/control-flow.ts'
import { isInert } from '../syntax/effects.ts'
import { statementsOf, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. A block without statements does nothing:
 *  - an empty `else` or `finally` may go (a `try` keeps its catch);
 *  - `if (a) {} else {...}` may become `if (!a) {...}`: the test is asked once in both;
 *  - `if (a) {}` may go when asking a can be left out without anything to notice.
 * A comment in a block is somebody's reason for it, so such a block stays.
 */

const isEmpty = (node: ts.Node | undefined, file: FileContext): node is ts.Block =>
  node !== undefined &&
  ts.isBlock(node) &&
  node.statements.length === 0 &&
  !file.hasComment(startOf(node, file), node.end)

const dropIf = (node: ts.IfStatement, file: FileContext, findings: Findings): void => {
  if (!statementsOf(node.parent)) return findings.refuse(node, 'it is the whole body of another statement')
  if (!isInert(node.expression, file.scopes)) return findings.refuse(node, 'asking the test may have effects')
  const problem = removalProblem(node, file)
  if (problem) return findings.refuse(node, problem)
  const change = removalOf(node, file)
  if (file.hasComment(node.pos, change.end)) return findings.refuse(node, 'a comment stands beside it')
  findings.edit({
    at: node,
    title: 'a test without consequences goes',
    reason: 'asking it has no effect, and nothing depends on the answer',
    changes: [change],
  })
}

const turnIf = (node: ts.IfStatement, otherwise: ts.Statement, file: FileContext, findings: Findings): void => {
  const { expression: test, thenStatement } = node
  if (file.hasComment(test.end, startOf(otherwise, file))) return findings.refuse(node, 'a comment stands inside')
  findings.edit({
    at: node,
    title: 'an empty branch goes, and its test is negated',
    reason: 'the test is asked once, and the other branch runs in the same cases',
    changes: [
      { start: startOf(test, file), end: test.end, text: negationOf(test, textOf(test, file)) },
      { start: startOf(thenStatement, file), end: startOf(otherwise, file), text: '' },
    ],
  })
}

const drop = (at: ts.Node, start: number, end: number, what: string, file: FileContext, findings: Findings): void => {
  if (file.hasComment(start, end)) return findings.refuse(at, 'a comment stands inside')
  findings.edit({
    at,
    title: `an empty ${what} goes`,
    reason: 'it does nothing',
    changes: [{ start, end, text: '' }],
  })
}

const convertIf = (node: ts.IfStatement, file: FileContext, findings: Findings): void => {
  const otherwise = node.elseStatement
  if (isEmpty(otherwise, file)) drop(otherwise, node.thenStatement.end, otherwise.end, 'else', file, findings)
  else if (!isEmpty(node.thenStatement, file)) return
  else if (otherwise === undefined) dropIf(node, file, findings)
  else if (!ts.isIfStatement(otherwise)) turnIf(node, otherwise, file, findings)
}

export const emptyBranches: Recipe = {
  id: 'empty-branches',
  title: 'branches that do nothing',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isIfStatement(node)) convertIf(node, file, findings)
      if (ts.isTryStatement(node) && node.catchClause && isEmpty(node.finallyBlock, file))
        drop(node.finallyBlock, node.catchClause.end, node.finallyBlock.end, 'finally', file, findings)
    })
  },
}
