import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { endOfStatement, startOf, textOf } from '../engine/rewrite.ts'
import { bare, statementsOf, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. For a plain variable `x` of this file, `x = x || e` and `if (!x) { x = e }` may become `x ||= e`,
 * and `x = x && e`, `if (x) { x = e }` become `x &&= e`: when the test decides against `e`, the one writes back what
 * was there and the other does not, which no variable can tell. Not for properties (setters, frozen objects), not for
 * constants, and not for `x = x || function...`, since only `||=` would name the function after `x`.
 */

const isAnonymousFunction = (node: ts.Expression): boolean => {
  const value = bare(node)
  return (
    (ts.isFunctionExpression(value) && !value.name) ||
    ts.isArrowFunction(value) ||
    (ts.isClassExpression(value) && !value.name)
  )
}

/** Not constants, imports and the inner names of functions and classes, where a write throws or is lost. */
const writable: ReadonlySet<string> = new Set(['var', 'let', 'parameter', 'catch', 'function'])

const isVariable = (node: ts.Identifier, file: FileContext): boolean => {
  const binding = file.scopes.bindingOf(node)
  return binding !== undefined && !binding.scope.dynamic && binding.declarations.every(({ kind }) => writable.has(kind))
}

const isSame = (one: ts.Expression, other: ts.Expression): boolean =>
  ts.isIdentifier(one) && ts.isIdentifier(other) && one.text === other.text

const needsParentheses = (node: ts.Expression): boolean =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken

const operators: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.BarBarToken, '||='],
  [ts.SyntaxKind.AmpersandAmpersandToken, '&&='],
  [ts.SyntaxKind.QuestionQuestionToken, '??='],
])

const REASON = 'a variable cannot tell a write of its own value from none'

const fromAssignment = (node: ts.BinaryExpression, file: FileContext, findings: Findings): void => {
  const { left, right } = node
  if (node.operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isBinaryExpression(right)) return
  const operator = operators.get(right.operatorToken.kind)
  if (!operator || !ts.isIdentifier(left) || !isSame(left, right.left)) return
  if (!isVariable(left, file))
    return findings.refuse(node, `${left.text} is no variable of this file that may be written`)
  if (isAnonymousFunction(right.right)) return findings.refuse(node, 'the function would get another name')
  const start = left.end
  const end = startOf(right.right, file)
  if (file.hasComment(start, end)) return findings.refuse(node, 'a comment stands inside')
  findings.edit({
    at: node,
    title: `${left.text} = ${left.text} ${operator.slice(0, 2)} ... becomes ${operator}`,
    reason: REASON,
    changes: [{ start, end, text: ` ${operator} ` }],
  })
}

/** `if (x) S` or `if (!x) S` for a variable; null tests mean `??=`. */
const testOf = (expression: ts.Expression): { name: ts.Identifier; operator: string } | undefined => {
  const test = bare(expression)
  if (ts.isIdentifier(test)) return { name: test, operator: '&&=' }
  if (
    ts.isPrefixUnaryExpression(test) &&
    test.operator === ts.SyntaxKind.ExclamationToken &&
    ts.isIdentifier(bare(test.operand))
  ) {
    return { name: bare(test.operand) as ts.Identifier, operator: '||=' }
  }
  const isLooseNull =
    ts.isBinaryExpression(test) &&
    test.operatorToken.kind === ts.SyntaxKind.EqualsEqualsToken &&
    ts.isIdentifier(test.left) &&
    (test.right.kind === ts.SyntaxKind.NullKeyword || textOfNode(test.right) === 'undefined')
  return isLooseNull ? { name: test.left, operator: '??=' } : undefined
}

const textOfNode = (node: ts.Node): string => (ts.isIdentifier(node) ? node.text : '')

const onlyStatement = (node: ts.Statement): ts.Statement | undefined =>
  ts.isBlock(node) ? (node.statements.length === 1 ? node.statements[0] : undefined) : node

const fromIf = (node: ts.IfStatement, file: FileContext, findings: Findings): void => {
  const test = testOf(node.expression)
  const statement = onlyStatement(node.thenStatement)
  if (!test || node.elseStatement || !statement || !ts.isExpressionStatement(statement)) return
  const assignment = statement.expression
  if (!ts.isBinaryExpression(assignment) || assignment.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return
  if (!isSame(test.name, assignment.left)) return
  if (!isVariable(test.name, file))
    return findings.refuse(node, `${test.name.text} is no variable of this file that may be written`)
  if (!statementsOf(node.parent)) return findings.refuse(node, 'it is the whole body of another statement')
  const value = assignment.right
  const start = startOf(node, file)
  const valueStart = startOf(value, file)
  if (file.hasComment(start, valueStart) || file.hasComment(value.end, node.end))
    return findings.refuse(node, 'a comment stands inside')
  if (textOf(value, file).includes('\n')) return findings.refuse(node, 'the value runs over several lines')
  const [open, close] = needsParentheses(value) ? ['(', ')'] : ['', '']
  findings.edit({
    at: node,
    title: `a conditional assignment to ${test.name.text} becomes ${test.operator}`,
    reason:
      test.operator === '??='
        ? `${REASON}; null and undefined are what == null means`
        : 'the test and the operator mean the same',
    changes: [
      { start, end: valueStart, text: `${test.name.text} ${test.operator} ${open}` },
      { start: value.end, end: node.end, text: close + endOfStatement(node.end, file) },
    ],
    assumptions: test.operator === '??=' ? ['no document.all'] : [],
  })
}

export const logicalAssignment: Recipe = {
  id: 'logical-assignment',
  title: 'logical assignment',
  family: 'modernize',
  need: { ecmaVersion: 2021 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isBinaryExpression(node)) fromAssignment(node, file, findings)
      else if (ts.isIfStatement(node)) fromIf(node, file, findings)
    })
  },
}
