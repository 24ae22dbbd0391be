import ts from 'typescript'

import type { Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { boundIdentifiers, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `let x = ...` may become `const x = ...` when no variable of the statement is written after its
 * initialiser (eval and with excluded); both have the same scope and the same dead zone. The head of a plain `for` is
 * left alone: it declares what the loop changes. An exported variable keeps its kind in TypeScript's declarations.
 */

export const letToConst: Recipe = {
  id: 'let-to-const',
  title: 'let to const',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isVariableDeclarationList(node) || (node.flags & ts.NodeFlags.BlockScoped) !== ts.NodeFlags.Let) return
      const holder = node.parent
      const isLoopHead = ts.isForInStatement(holder) || ts.isForOfStatement(holder)
      if (ts.isForStatement(holder) || (!isLoopHead && node.declarations.some(({ initializer }) => !initializer)))
        return
      if (ts.isVariableStatement(holder) && holder.modifiers?.length) return
      const bindings = node.declarations
        .flatMap(({ name }) => boundIdentifiers(name))
        .map((identifier) => file.scopes.declaredBy(identifier))
      if (bindings.some((binding) => !binding || binding.references.some(({ write }) => write))) return
      if (bindings.some((binding) => binding!.scope.dynamic))
        return findings.refuse(node, 'eval, with or other scripts can write it')
      const start = startOf(node, file)
      findings.edit({
        at: node,
        title: `let ${bindings.map((binding) => binding!.name).join(', ')} becomes const`,
        reason: 'nothing writes it after its declaration',
        changes: [{ start, end: start + 'let'.length, text: 'const' }],
      })
    })
  },
}
