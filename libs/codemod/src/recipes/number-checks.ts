import ts from 'typescript'

import { INTRINSICS, type Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { isFreeName } from '../syntax/names.ts'
import * as K from '../syntax/kinds.ts'
import { bare, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. The global isNaN and isFinite convert what they are given, Number.isNaN and Number.isFinite do not.
 * Of a number both say the same, so the argument must be a number and nothing else.
 */

export const numberChecks: Recipe = {
  id: 'number-checks',
  title: 'isNaN to Number.isNaN',
  family: 'safety',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isCallExpression(node) || node.arguments.length !== 1 || node.questionDotToken) return
      const callee = bare(node.expression)
      if (!ts.isIdentifier(callee) || !/^is(NaN|Finite)$/.test(callee.text)) return
      if (!isFreeName(callee.text, callee, file.scopes)) return
      const [value] = node.arguments
      if (file.capturedAt) return findings.refuse(node, `intrinsics are captured on purpose (${file.capturedAt})`)
      if (!isFreeName('Number', callee, file.scopes)) return findings.refuse(node, 'Number means something else here')
      if (!value || ts.isSpreadElement(value) || !file.proves(value, K.NUMBER))
        return findings.refuse(node, 'its argument may be something other than a number, which it would convert')
      if (!file.hasLibrary(2015)) return findings.refuse(node, 'the compiler options lack the ES2015 library')
      findings.edit({
        at: node,
        title: `${callee.text} becomes Number.${callee.text}`,
        reason: 'the argument is a number, so there is nothing to convert',
        changes: [{ start: startOf(callee, file), end: startOf(callee, file), text: 'Number.' }],
        assumptions: [INTRINSICS],
      })
    })
  },
}
