import ts from 'typescript'

import { INTRINSICS, type Recipe } from '../engine/recipe.ts'
import * as K from '../syntax/kinds.ts'
import { bare, walk } from '../syntax/nodes.ts'
import { isFreeName } from '../syntax/names.ts'

/*
 * Proof obligation. `parseInt(x)` may become `parseInt(x, 10)` when the text of x cannot begin with 0x (after a sign and
 * white space): without a radix that prefix alone means 16, everything else 10. The text of a number, a boolean, null,
 * undefined or a bigint never does; of strings only those written out are known. An object could turn into any text.
 */

const PLAIN = K.NULLISH | K.BOOLEAN | K.NUMBER | K.BIGINT
const HEX = /^\s*[+-]?0x/i

export const radix: Recipe = {
  id: 'radix',
  title: 'parseInt with its radix',
  family: 'safety',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isCallExpression(node) || node.arguments.length !== 1 || node.questionDotToken) return
      const callee = bare(node.expression)
      const isGlobal =
        ts.isIdentifier(callee) && callee.text === 'parseInt' && isFreeName('parseInt', callee, file.scopes)
      const [text] = node.arguments
      if (!isGlobal || !text || ts.isSpreadElement(text)) return
      if (file.capturedAt) return findings.refuse(node, `intrinsics are captured on purpose (${file.capturedAt})`)
      const literal = bare(text)
      const isKnownText = ts.isStringLiteralLike(literal) && !HEX.test(literal.text)
      if (!isKnownText && !file.proves(text, PLAIN))
        return findings.refuse(node, 'its text may begin with 0x, which means 16 without a radix')
      findings.edit({
        at: node,
        title: 'parseInt says that it reads decimal digits',
        reason: 'the text cannot begin with 0x, so ten was the radix before',
        changes: [{ start: text.end, end: text.end, text: ', 10' }],
        assumptions: [INTRINSICS],
      })
    })
  },
}
