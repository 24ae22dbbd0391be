import ts from 'typescript'

import type { Recipe } from '../engine/recipe.ts'
import { childToken } from '../engine/rewrite.ts'
import { walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `catch (e) {...}` may become `catch {...}` when the variable is a plain name (a pattern would run
 * code), nothing in the block mentions it, no eval or with could, and no `var e` in the block writes to it.
 */

export const optionalCatchBinding: Recipe = {
  id: 'optional-catch-binding',
  title: 'catch without an unused variable',
  family: 'modernize',
  need: { ecmaVersion: 2019 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isCatchClause(node) || !node.variableDeclaration) return
      const { name } = node.variableDeclaration
      const binding = ts.isIdentifier(name) ? file.scopes.declaredBy(name) : undefined
      if (!binding) return findings.refuse(node, 'a pattern takes the error apart')
      if (binding.references.length > 0) return
      if (binding.scope.dynamic) return findings.refuse(node, 'eval or with can see the variable')
      let isRedeclared = false
      walk(node.block, (each) => {
        if (ts.isIdentifier(each) && each.text === binding.name) isRedeclared = true
      })
      if (isRedeclared) return findings.refuse(node, 'the block declares the same name')
      const keyword = childToken(node, ts.SyntaxKind.CatchKeyword, file)!
      const end = childToken(node, ts.SyntaxKind.CloseParenToken, file)!.end
      if (file.hasComment(keyword.end, end)) return findings.refuse(node, 'a comment stands beside the variable')
      findings.edit({
        at: node,
        title: `catch (${binding.name}) loses its unused variable`,
        reason: 'nothing in the block mentions the variable',
        changes: [{ start: keyword.end, end, text: '' }],
      })
    })
  },
}
