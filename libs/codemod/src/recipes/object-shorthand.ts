import ts from 'typescript'

import type { Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `{ a: a }` may become `{ a }`: both define an own property from the same variable. Only
 * `__proto__: __proto__` differs (it sets the prototype, the shorthand does not), so it stays. Function values stay
 * too: a method cannot be constructed.
 */

export const objectShorthand: Recipe = {
  id: 'object-shorthand',
  title: 'shorthand properties',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isPropertyAssignment(node) || !ts.isIdentifier(node.initializer)) return
      if (!ts.isIdentifier(node.name) || node.name.text !== node.initializer.text) return
      if (file.scopes.referenceOf(node.initializer) === undefined) return
      if (node.name.text === '__proto__')
        return findings.refuse(node, '__proto__ sets the prototype, the shorthand does not')
      const start = startOf(node.name, file)
      const end = startOf(node.initializer, file)
      if (file.hasComment(start, end)) return findings.refuse(node, 'a comment stands between name and value')
      findings.edit({
        at: node,
        title: `{ ${node.name.text}: ${node.name.text} } becomes { ${node.name.text} }`,
        reason: 'the shorthand defines the same property from the same variable',
        changes: [{ start, end, text: '' }],
      })
    })
  },
}
