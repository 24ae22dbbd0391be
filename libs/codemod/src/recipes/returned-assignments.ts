import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { hasOwnComment, removalOf, startOf, textOf } from '../engine/rewrite.ts'
import { isNamedByVariable, usesArguments } from '../syntax/functions.ts'
import { ancestor, enclosingFunction, isFunctionNode, statementsOf, walk } from '../syntax/nodes.ts'
import { enclosingFunctionOfScope } from '../syntax/scopes.ts'

/*
 * Proof obligation. `x = e; return x;` may become `return e;` when nobody can see x afterwards: it is a variable or
 * parameter of the function that returns, no closure mentions it, no eval or with could, no `finally` around runs after
 * the return, and `arguments`, which a parameter shares its value with in sloppy code, is not used. A constant would
 * have thrown. An anonymous function or class would lose the name that it gets from x; a generator keeps nothing.
 */

const assignmentIn = (node: ts.Statement | undefined): ts.BinaryExpression | undefined => {
  if (!node || !ts.isExpressionStatement(node) || !ts.isBinaryExpression(node.expression)) return undefined
  return node.expression.operatorToken.kind === ts.SyntaxKind.EqualsToken ? node.expression : undefined
}

const problemOf = (name: ts.Identifier, value: ts.Expression, file: FileContext): string | undefined => {
  const home = enclosingFunction(name)
  const binding = file.scopes.bindingOf(name)
  if (!home || !binding || enclosingFunctionOfScope(binding.scope) !== home) return 'the variable outlives the function'
  if (binding.scope.dynamic) return 'eval or with can see the variable'
  if (binding.declarations.some(({ kind }) => kind !== 'var' && kind !== 'let' && kind !== 'parameter'))
    return 'the variable may not be written'
  if (binding.references.some(({ identifier }) => enclosingFunction(identifier) !== home))
    return 'a closure shares the variable'
  if (binding.declarations.some(({ kind }) => kind === 'let') && binding.declarations[0]!.identifier.pos > name.pos)
    return 'writing the variable throws before it is declared'
  if (usesArguments(home)) return 'the function looks at its arguments'
  if (ancestor(name, ts.isTryStatement)) return 'a finally could see the variable'
  return isNamedByVariable(value) ? 'the function would lose its name' : undefined
}

const convert = (node: ts.ReturnStatement, file: FileContext, findings: Findings): void => {
  const siblings = statementsOf(node.parent)
  const before = siblings?.[siblings.indexOf(node) - 1]
  const assignment = assignmentIn(before)
  if (!before || !assignment || !node.expression || !ts.isIdentifier(node.expression)) return
  const name = assignment.left
  if (!ts.isIdentifier(name) || name.text !== node.expression.text) return
  const problem = problemOf(name, assignment.right, file)
  if (problem) return findings.refuse(before, problem)
  const start = startOf(before, file)
  if (hasOwnComment(node, file) || file.hasComment(start, startOf(assignment.right, file)))
    return findings.refuse(before, 'a comment stands inside')
  if (/\n/.test(textOf(name, file)) || isFunctionNode(before.parent)) return
  findings.edit({
    at: before,
    title: `${name.text} is not written any more before it is returned`,
    reason: 'nobody can see the variable after the return',
    changes: [{ start, end: startOf(assignment.right, file), text: 'return ' }, removalOf(node, file)],
  })
}

export const returnedAssignments: Recipe = {
  id: 'returned-assignments',
  title: 'x = e; return x to return e',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isReturnStatement(node)) convert(node, file, findings)
    })
  },
}
