import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { sameCode, startOf } from '../engine/rewrite.ts'
import { walk } from '../syntax/nodes.ts'
import { AND, inPlace, OR, replacement } from '../syntax/truth.ts'

/*
 * Proof obligation. For a variable of this file, `a ? a : b` may become `a || b`, `a ? b : a` may become `a && b`, and
 * with `!a` the other way round: the variable is read once instead of twice, which nothing can tell. Not for
 * properties, whose getters could; not for names that nobody declares. `??` may not stand bare beside || and &&.
 */

const isNot = (node: ts.Expression): node is ts.PrefixUnaryExpression =>
  ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken

const isNullish = (node: ts.Node): boolean =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken

/** Without parentheses; an assertion of a type stays, for its type would be lost. */
const bare = (node: ts.Expression): ts.Expression => (ts.isParenthesizedExpression(node) ? bare(node.expression) : node)

const convert = (node: ts.ConditionalExpression, file: FileContext, findings: Findings): void => {
  const test = bare(node.condition)
  const isNegated = isNot(test)
  const asked = isNegated ? bare(test.operand) : test
  const [whenTrue, whenFalse] = isNegated ? [node.whenFalse, node.whenTrue] : [node.whenTrue, node.whenFalse]
  const keepsTrue = sameCode(bare(whenTrue), asked, file)
  const keepsFalse = sameCode(bare(whenFalse), asked, file)
  if (keepsTrue === keepsFalse) return
  const isSimple = ts.isIdentifier(asked) || asked.kind === ts.SyntaxKind.ThisKeyword
  if (!isSimple) return findings.refuse(node, 'reading it once instead of twice may be noticed')
  const binding = ts.isIdentifier(asked) ? file.scopes.bindingOf(asked) : undefined
  if (ts.isIdentifier(asked) && (!binding || binding.scope.dynamic))
    return findings.refuse(node, `${asked.text} is no variable of this file`)
  if (file.hasComment(startOf(node, file), node.end)) return findings.refuse(node, 'a comment stands inside')
  const other = keepsTrue ? whenFalse : whenTrue
  // What looks like a type test to TypeScript is one in both forms.
  const least = (keepsTrue ? OR : AND) + 1
  const text = `${asked.getText()} ${keepsTrue ? '||' : '&&'} ${inPlace(other, isNullish(other) ? 20 : least)}`
  findings.edit({
    at: node,
    title: `a choice between ${asked.getText()} and another value becomes ${keepsTrue ? '||' : '&&'}`,
    reason: 'the operator gives the variable or the other value in just the same cases',
    changes: [{ start: startOf(node, file), end: node.end, text: replacement(node, text, keepsTrue ? OR : AND) }],
  })
}

export const repeatedValue: Recipe = {
  id: 'repeated-value',
  title: 'a ? a : b to a || b',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isConditionalExpression(node)) convert(node, file, findings)
    })
  },
}
