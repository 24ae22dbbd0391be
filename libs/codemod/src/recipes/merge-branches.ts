import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change, Findings, Recipe } from '../engine/recipe.ts'
import { isOneLine, removalOf, sameCode, startOf, startsLine, textOf } from '../engine/rewrite.ts'
import { neverCompletes } from '../syntax/control-flow.ts'
import { isInert } from '../syntax/effects.ts'
import { statementsOf, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation.
 *  - `if (a) { S } if (b) { S }`, with the same S that always leaves, may become `if (a || b) { S }`: b is asked only
 *    when a is false, before and after.
 *  - In `if (a) {...} else if (a) {...}` the second branch can never run when asking a changes nothing and gives the
 *    same answer twice: it is made of names, literals and strict comparisons.
 */

const LIMIT = 110

const isLoose = (node: ts.Expression): boolean =>
  ts.isConditionalExpression(node) ||
  ts.isArrowFunction(node) ||
  ts.isYieldExpression(node) ||
  (ts.isBinaryExpression(node) &&
    (node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken ||
      node.operatorToken.kind === ts.SyntaxKind.CommaToken ||
      (node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
        node.operatorToken.kind <= ts.SyntaxKind.LastAssignment)))

const mergeable = (node: ts.Statement | undefined): node is ts.IfStatement =>
  node !== undefined && ts.isIfStatement(node) && !node.elseStatement && neverCompletes(node.thenStatement)

const wrapped = (node: ts.Expression, file: FileContext): string => {
  const text = textOf(node, file)
  return isLoose(node) ? `(${text})` : text
}

const merge = (run: readonly ts.IfStatement[], file: FileContext, findings: Findings): void => {
  const [first] = run
  const last = run.at(-1)!
  if (!first || run.length < 2 || !startsLine(first, file)) return
  if (
    run.slice(1).some((each) => file.hasComment(each.pos, each.end)) ||
    file.hasComment(first.end, startOf(run[1]!, file))
  ) {
    return findings.refuse(first, 'a comment stands beside one of the tests')
  }
  if (run.some(({ expression }) => !isOneLine(startOf(expression, file), expression.end, file)))
    return findings.refuse(first, 'a test runs over several lines')
  const tests = run.map(({ expression }) => wrapped(expression, file)).join(' || ')
  if (tests.length > LIMIT - 20) return findings.refuse(first, 'the joined test would be too long')
  const rest = removalOf(run[1]!, file)
  const end = removalOf(last, file).end
  const changes: Change[] = [
    { start: startOf(first.expression, file), end: first.expression.end, text: tests },
    { start: rest.start, end, text: '' },
  ]
  findings.edit({
    at: first,
    title: `${run.length} tests with the same outcome become one`,
    reason: 'each test is asked only when the ones before it are false, as before',
    changes,
  })
}

const mergeRuns = (statements: readonly ts.Statement[], file: FileContext, findings: Findings): void => {
  let run: ts.IfStatement[] = []
  for (const statement of [...statements, undefined]) {
    const [first] = run
    if (first && mergeable(statement) && sameCode(first.thenStatement, statement.thenStatement, file))
      run.push(statement)
    else {
      merge(run, file, findings)
      run = mergeable(statement) ? [statement] : []
    }
  }
}

const dropRepeated = (node: ts.IfStatement, file: FileContext, findings: Findings): void => {
  const other = node.elseStatement
  if (!other || !ts.isIfStatement(other) || !sameCode(node.expression, other.expression, file)) return
  if (!isInert(node.expression, file.scopes))
    return findings.refuse(other, 'asking the same test again may give another answer')
  if (file.hasComment(node.thenStatement.end, other.elseStatement ? startOf(other.elseStatement, file) : other.end))
    return findings.refuse(other, 'a comment stands inside')
  const change = other.elseStatement
    ? { start: startOf(other, file), end: startOf(other.elseStatement, file), text: '' }
    : { start: node.thenStatement.end, end: other.end, text: '' }
  findings.edit({
    at: other,
    title: 'a branch with the condition of the branch before goes',
    reason: 'the condition was false already, so the branch can never run',
    changes: [change],
  })
}

export const mergeBranches: Recipe = {
  id: 'merge-branches',
  title: 'repeated tests and outcomes',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      const statements = statementsOf(node)
      if (statements) mergeRuns(statements, file, findings)
      if (ts.isIfStatement(node)) dropRepeated(node, file, findings)
    })
  },
}
