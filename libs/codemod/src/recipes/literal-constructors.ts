import ts from 'typescript'

import { INTRINSICS, type Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { isFreeName } from '../syntax/names.ts'
import { walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `new Object()` and `new Array()` without arguments give what `{}` and `[]` give: a new object with
 * the intrinsic prototype. With an argument they do something else. At the start of a statement or of an arrow's body a
 * brace opens a block, so there they stay. In TypeScript the empty literal has another type.
 */

const literals: ReadonlyMap<string, string> = new Map([
  ['Object', '{}'],
  ['Array', '[]'],
])

const startsStatement = (node: ts.Node, file: ts.SourceFile): boolean => {
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (at.getStart(file) !== node.getStart(file)) return ts.isArrowFunction(at)
    if (ts.isExpressionStatement(at)) return true
  }
  return true
}

export const literalConstructors: Recipe = {
  id: 'literal-constructors',
  title: 'new Object() and new Array() to literals',
  family: 'modernize',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    if (file.unit.language !== 'javascript') return
    walk(file.file, (node) => {
      if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression) || node.arguments?.length) return
      const literal = literals.get(node.expression.text)
      if (!literal) return
      if (file.capturedAt) return findings.refuse(node, `intrinsics are captured on purpose (${file.capturedAt})`)
      if (!isFreeName(node.expression.text, node, file.scopes))
        return findings.refuse(node, `${node.expression.text} means something else here`)
      if (startsStatement(node, file.file)) return findings.refuse(node, 'a brace would open a block there')
      if (file.hasComment(startOf(node, file), node.end)) return findings.refuse(node, 'a comment stands inside')
      findings.edit({
        at: node,
        title: `new ${node.expression.text}() becomes ${literal}`,
        reason: 'both make a new object with the intrinsic prototype',
        changes: [{ start: startOf(node, file), end: node.end, text: literal }],
        assumptions: [INTRINSICS],
      })
    })
  },
}
