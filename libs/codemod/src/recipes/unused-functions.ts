import ts from 'typescript'

import { hasOwnComment, removalOf, removalProblem } from '../engine/rewrite.ts'
import type { Recipe } from '../engine/recipe.ts'
import { within, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. A function declaration that nothing mentions but itself may go: making a function has no effect.
 * Not when it is exported, not in scripts, whose names others can see, not under eval or with, not where the name is
 * declared in another way as well (the declaration may be what gives it its value), not in a block of sloppy code,
 * where it is a variable of the whole function too, and not with a comment, which may say why it is there.
 */

export const unusedFunctions: Recipe = {
  id: 'unused-functions',
  title: 'functions that are never used',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isFunctionDeclaration(node) || !node.name || !node.body || node.modifiers?.length) return
      const binding = file.scopes.declaredBy(node.name)
      if (!binding || binding.references.some(({ identifier }) => !within(identifier, node))) return
      if (binding.scope.dynamic) return findings.refuse(node, 'eval, with or other scripts can see it')
      if (binding.declarations.length > 1) return findings.refuse(node, 'its name is declared in another way as well')
      if (binding.scope.kind === 'block') return findings.refuse(node, 'it stands in a block')
      if (hasOwnComment(node, file)) return findings.refuse(node, 'it has a comment of its own')
      const problem = removalProblem(node, file)
      if (problem) return findings.refuse(node, problem)
      const change = removalOf(node, file)
      const gap = /^\r?\n/.exec(file.text.slice(change.end))?.[0].length ?? 0
      const isAfterGap = /(^|\n)\r?\n$/.test(file.text.slice(0, change.start)) || change.start === 0
      findings.edit({
        at: node,
        title: `${node.name.text} is never used and goes`,
        reason: 'nothing outside of it mentions it',
        changes: [{ ...change, end: change.end + (isAfterGap ? gap : 0) }],
      })
    })
  },
}
