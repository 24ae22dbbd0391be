import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { isAmbient, isFreeName } from '../syntax/names.ts'
import { bare, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation.
 *  - `void 0` may become `undefined` where that name has its usual meaning: it cannot be written since ES5.
 *  - `typeof x === 'undefined'` may become `x === undefined` when x is a variable of this file: a name that nobody
 *    declares would throw. A lexical variable before its declaration throws in both.
 */

const isUndefinedWord = (node: ts.Expression): boolean => ts.isStringLiteralLike(node) && node.text === 'undefined'

const S = ts.SyntaxKind
const strict: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [S.EqualsEqualsToken, '==='],
  [S.EqualsEqualsEqualsToken, '==='],
  [S.ExclamationEqualsToken, '!=='],
  [S.ExclamationEqualsEqualsToken, '!=='],
])

const convertVoid = (node: ts.VoidExpression, file: FileContext, findings: Findings): void => {
  if (!ts.isNumericLiteral(node.expression)) return
  if (!isFreeName('undefined', node, file.scopes))
    return findings.refuse(node, 'undefined may mean something else here')
  findings.edit({
    at: node,
    title: 'void 0 becomes undefined',
    reason: 'the name cannot be written, and nothing here declares it',
    changes: [{ start: startOf(node, file), end: node.end, text: 'undefined' }],
  })
}

const convertTypeof = (node: ts.BinaryExpression, file: FileContext, findings: Findings): void => {
  const operator = strict.get(node.operatorToken.kind)
  if (!operator || !ts.isTypeOfExpression(node.left) || !isUndefinedWord(node.right)) return
  const name = bare(node.left.expression)
  if (!ts.isIdentifier(name)) return
  const binding = file.scopes.bindingOf(name)
  if (!binding || binding.scope.dynamic || isAmbient(binding))
    return findings.refuse(node, `${name.text} is no variable of this file, and reading it could throw`)
  if (!isFreeName('undefined', node, file.scopes))
    return findings.refuse(node, 'undefined may mean something else here')
  if (file.hasComment(startOf(node, file), node.end)) return findings.refuse(node, 'a comment stands inside')
  findings.edit({
    at: node,
    title: `a typeof test of ${name.text} for undefined becomes a comparison`,
    reason: `${name.text} is declared, so reading it does what typeof does`,
    changes: [{ start: startOf(node, file), end: node.end, text: `${name.text} ${operator} undefined` }],
    assumptions: ['no document.all'],
  })
}

export const undefinedWords: Recipe = {
  id: 'undefined-words',
  title: 'void 0 and typeof tests to undefined',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isVoidExpression(node)) convertVoid(node, file, findings)
      else if (ts.isBinaryExpression(node)) convertTypeof(node, file, findings)
    })
  },
}
