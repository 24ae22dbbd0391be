import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change, Findings, Recipe } from '../engine/recipe.ts'
import { hasOwnComment, removalOf, removalProblem, startOf } from '../engine/rewrite.ts'
import { isInert } from '../syntax/effects.ts'
import { walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. A variable that nothing mentions may go when evaluating its initialiser can be left out without
 * anything to notice: no call, no property read, no conversion, no name that might not be there yet. Not in scripts,
 * whose variables others can see, not under eval or with, not when exported, and not with a comment of its own.
 */

const isUnused = (node: ts.VariableDeclaration, file: FileContext): boolean => {
  const binding = ts.isIdentifier(node.name) ? file.scopes.declaredBy(node.name) : undefined
  return (
    binding !== undefined &&
    binding.references.length === 0 &&
    binding.declarations.length === 1 &&
    !binding.scope.dynamic
  )
}

/** What goes with one of several declarations: it, and the comma that held it to its neighbour. */
const partOf = (list: ts.VariableDeclarationList, node: ts.VariableDeclaration, file: FileContext): Change => {
  const index = list.declarations.indexOf(node)
  const next = list.declarations[index + 1]
  if (next) return { start: startOf(node, file), end: startOf(next, file), text: '' }
  return { start: list.declarations[index - 1]!.end, end: node.end, text: '' }
}

const remove = (node: ts.VariableDeclaration, file: FileContext, findings: Findings): void => {
  const list = node.parent as ts.VariableDeclarationList
  const statement = list.parent
  if (!ts.isVariableStatement(statement) || statement.modifiers?.length) return
  if (list.flags & ts.NodeFlags.Using & ~ts.NodeFlags.Const) return
  if (node.initializer && !isInert(node.initializer, file.scopes))
    return findings.refuse(node, 'its value may have effects')
  if (node.initializer && ts.isIdentifier(node.initializer)) {
    const binding = file.scopes.bindingOf(node.initializer)
    if (
      binding &&
      binding.declarations.some(({ kind }) => kind !== 'var' && kind !== 'parameter' && kind !== 'function')
    ) {
      return findings.refuse(node, 'reading its value may throw')
    }
  }
  const isWhole = list.declarations.length === 1
  const problem = isWhole ? removalProblem(statement, file) : undefined
  if (problem) return findings.refuse(node, problem)
  if (isWhole && hasOwnComment(statement, file)) return findings.refuse(node, 'it has a comment of its own')
  const change = isWhole ? removalOf(statement, file) : partOf(list, node, file)
  if (file.hasComment(change.start, change.end)) return findings.refuse(node, 'it has a comment of its own')
  findings.edit({
    at: node,
    title: `${node.name.getText()} is never used and goes`,
    reason: 'nothing mentions it, and its value has no effect',
    changes: [change],
  })
}

export const unusedVariables: Recipe = {
  id: 'unused-variables',
  title: 'variables that are never used',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isVariableDeclaration(node) || !ts.isVariableDeclarationList(node.parent)) return
      if (isUnused(node, file)) remove(node, file, findings)
    })
  },
}
