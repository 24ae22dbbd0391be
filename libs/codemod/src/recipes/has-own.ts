import ts from 'typescript'

import { findPattern } from '../engine/pattern.ts'
import { INTRINSICS, NO_PROXIES, type Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import * as K from '../syntax/kinds.ts'

/*
 * Proof obligation. `Object.prototype.hasOwnProperty.call(o, k)` may become `Object.hasOwn(o, k)`: both ask for an own
 * property and throw for null and undefined. They differ in order (the key is made a string before or after `o` is
 * checked), which shows only when the key is an object with its own conversion: then it is left alone. Code that keeps
 * hasOwnProperty in a variable does so on purpose, to be safe from later changes of the intrinsics: it is left alone.
 */

const patterns = [
  'Object.prototype.hasOwnProperty.call($OBJECT, $KEY)',
  '({}).hasOwnProperty.call($OBJECT, $KEY)',
  'Object.hasOwnProperty.call($OBJECT, $KEY)',
]

export const hasOwn: Recipe = {
  id: 'has-own',
  title: 'hasOwnProperty.call to Object.hasOwn',
  family: 'modernize',
  need: { ecmaVersion: 2022, node: '16.9.0' },
  find(file, findings) {
    for (const { node, capture } of patterns.flatMap((pattern) => findPattern(file, pattern))) {
      if (!ts.isCallExpression(node) || node.arguments.length !== 2 || node.arguments.some(ts.isSpreadElement)) continue
      if (file.capturedAt) {
        findings.refuse(node, `intrinsics are captured on purpose (${file.capturedAt})`)
        continue
      }
      if (file.scopes.root.bindings.has('Object') || !file.hasLibrary(2022)) {
        findings.refuse(
          node,
          file.hasLibrary(2022) ? 'Object means something else here' : 'the compiler options lack the ES2022 library',
        )
        continue
      }
      const isPlainKey = file.kindsOf(capture('KEY')) & (K.OBJECT | K.FUNCTION | K.ARRAY | K.REGEXP)
      findings.edit({
        at: node,
        title: 'hasOwnProperty.call becomes Object.hasOwn',
        reason: 'both ask for an own property and throw for null and undefined',
        changes: [{ start: startOf(node.expression, file), end: node.expression.end, text: 'Object.hasOwn' }],
        assumptions: [
          INTRINSICS,
          NO_PROXIES,
          ...(isPlainKey ? ['converting a key to a string has no side effect'] : []),
        ],
      })
    }
  },
}
