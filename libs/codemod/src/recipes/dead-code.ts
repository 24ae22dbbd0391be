import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { removalOf, startOf } from '../engine/rewrite.ts'
import { neverCompletes } from '../syntax/control-flow.ts'
import { contains, isFunctionNode, statementsOf, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. Statements after one that never completes cannot run. They may go unless they declare something:
 * functions and `var` are hoisted, lexical names cast a dead zone over the block. A label inside changes nothing. In a
 * switch only the rest of the same clause is dead. `yield` makes a generator of nothing here, since the function keeps
 * its star. Comments among them are somebody's words, so such code stays.
 */

const declares = (statement: ts.Statement): boolean =>
  contains(
    statement,
    (node) =>
      ts.isVariableDeclaration(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isImportDeclaration(node) ||
      ts.isExportDeclaration(node) ||
      ts.isEnumDeclaration(node) ||
      ts.isModuleDeclaration(node),
    { intoFunctions: false },
  ) || isFunctionNode(statement)

const remove = (dead: readonly ts.Statement[], file: FileContext, findings: Findings): void => {
  const first = dead[0]!
  const last = dead.at(-1)!
  if (dead.some(declares)) return findings.refuse(first, 'the dead code declares names that are hoisted')
  const from = removalOf(first, file)
  const to = removalOf(last, file)
  if (file.hasComment(first.pos, to.end)) return findings.refuse(first, 'comments stand in the dead code')
  findings.edit({
    at: first,
    title: `${dead.length === 1 ? 'a statement' : `${dead.length} statements`} that can never run ${dead.length === 1 ? 'goes' : 'go'}`,
    reason: 'the statement before always leaves',
    changes: [{ start: Math.min(from.start, startOf(first, file)), end: to.end, text: '' }],
  })
}

export const deadCode: Recipe = {
  id: 'dead-code',
  title: 'code that can never run',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      const statements = statementsOf(node)
      const exit = statements?.findIndex(neverCompletes) ?? -1
      const dead = statements?.slice(exit + 1).filter((statement) => !ts.isFunctionDeclaration(statement)) ?? []
      if (exit === -1 || dead.length === 0) return
      if (dead.length < statements!.length - exit - 1)
        return findings.refuse(dead[0]!, 'hoisted functions stand in the dead code')
      remove(dead, file, findings)
    })
  },
}
