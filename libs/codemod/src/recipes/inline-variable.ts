import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { hasOwnComment, removalOf, startOf } from '../engine/rewrite.ts'
import { isNamedByVariable } from '../syntax/functions.ts'
import { boundIdentifiers, statementsOf, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `var x = e; return x;` may become `return e;` (and throw likewise) when x is mentioned nowhere
 * else: not in closures, not in e itself, not under eval. The two statements follow each other, so nothing runs in
 * between. An anonymous function or class would lose the name that it gets from x, and a `finally` cannot see x.
 */

const convert = (statement: ts.VariableStatement, file: FileContext, findings: Findings): void => {
  const [declaration, more] = statement.declarationList.declarations
  const siblings = statementsOf(statement.parent)
  const next = siblings?.[siblings.indexOf(statement) + 1]
  if (!declaration || more || !next || !(ts.isReturnStatement(next) || ts.isThrowStatement(next))) return
  const [name] = boundIdentifiers(declaration.name)
  const { initializer } = declaration
  if (!name || !ts.isIdentifier(declaration.name) || !initializer || !next.expression) return
  if (!ts.isIdentifier(next.expression) || next.expression.text !== name.text) return
  if ((statement.declarationList.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Using) return
  const binding = file.scopes.declaredBy(name)
  if (!binding || binding.references.length !== 1 || binding.declarations.length !== 1) return
  if (binding.scope.dynamic) return findings.refuse(statement, 'eval, with or other scripts can see the variable')
  if (declaration.type) return findings.refuse(statement, 'its type says more than its value')
  if (isNamedByVariable(initializer)) return findings.refuse(statement, 'the function would lose its name')
  const start = startOf(statement, file)
  const comments =
    hasOwnComment(next, file) ||
    file.hasComment(start, startOf(initializer, file)) ||
    file.hasComment(initializer.end, startOf(next, file))
  if (comments) return findings.refuse(statement, 'a comment stands between')
  const word = ts.isReturnStatement(next) ? 'return' : 'throw'
  findings.edit({
    at: statement,
    title: `${name.text} is inlined into its only use`,
    reason: 'nothing runs between the value and its use',
    changes: [{ start, end: startOf(initializer, file), text: `${word} ` }, removalOf(next, file)],
  })
}

export const inlineVariable: Recipe = {
  id: 'inline-variable',
  title: 'variables that are only returned',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isVariableStatement(node)) convert(node, file, findings)
    })
  },
}
