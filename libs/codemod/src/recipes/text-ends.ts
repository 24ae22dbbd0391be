import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { INTRINSICS, type Findings, type Recipe } from '../engine/recipe.ts'
import { startOf, textOf } from '../engine/rewrite.ts'
import * as K from '../syntax/kinds.ts'
import { bare, walk } from '../syntax/nodes.ts'
import { replacement, TIGHT, UNARY } from '../syntax/truth.ts'

/*
 * Proof obligation. For a string s and a text t that is written out, with n its length and not zero:
 *  - `s.slice(0, n) === t`, and so with substring and substr, is `s.startsWith(t)`;
 *  - `s.slice(-n) === t` (or substr) is `s.endsWith(t)`;
 *  - `s.charAt(0) === t` and `s[0] === t`, for a text of one unit, is `s.startsWith(t)`.
 * The part has just n units or fewer, when s is shorter, and is then not t. The receiver must be a string and nothing
 * else: others have methods of these names too.
 */

const S = ts.SyntaxKind
const equal = new Set([S.EqualsEqualsEqualsToken, S.EqualsEqualsToken])
const unequal = new Set([S.ExclamationEqualsEqualsToken, S.ExclamationEqualsToken])

const numberIn = (node: ts.Expression | undefined): number | undefined => {
  if (!node) return undefined
  if (ts.isNumericLiteral(node)) return Number(node.text)
  const isMinus = ts.isPrefixUnaryExpression(node) && node.operator === S.MinusToken
  return isMinus && ts.isNumericLiteral(node.operand) ? -Number(node.operand.text) : undefined
}

interface Part {
  readonly receiver: ts.Expression
  readonly method: 'startsWith' | 'endsWith'
}

const partOf = (expression: ts.Expression, length: number): Part | undefined => {
  const node = bare(expression)
  if (ts.isElementAccessExpression(node) && !node.questionDotToken) {
    const isFirst = numberIn(node.argumentExpression) === 0 && length === 1
    return isFirst ? { receiver: node.expression, method: 'startsWith' } : undefined
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  if (node.flags & ts.NodeFlags.OptionalChain) return undefined
  const { expression: receiver, name } = node.expression
  const [from, to, more] = node.arguments
  const start = numberIn(from)
  if (more) return undefined
  if (name.text === 'charAt') {
    return start === 0 && !to && length === 1 ? { receiver, method: 'startsWith' } : undefined
  }
  if (!/^(slice|substring|substr)$/.test(name.text)) return undefined
  if (start === 0 && numberIn(to) === length) return { receiver, method: 'startsWith' }
  const isEnd = start === -length && !to && name.text !== 'substring'
  return isEnd ? { receiver, method: 'endsWith' } : undefined
}

const convert = (node: ts.BinaryExpression, file: FileContext, findings: Findings): void => {
  const { kind } = node.operatorToken
  if ((!equal.has(kind) && !unequal.has(kind)) || !ts.isStringLiteral(node.right)) return
  const wanted = node.right.text
  const part = wanted.length > 0 ? partOf(node.left, wanted.length) : undefined
  if (!part) return
  if (!file.proves(part.receiver, K.STRING)) return findings.refuse(node, 'the receiver may not be a string')
  if (file.capturedAt) return findings.refuse(node, `intrinsics are captured on purpose (${file.capturedAt})`)
  if (!file.hasLibrary(2015)) return findings.refuse(node, 'the compiler options lack the ES2015 library')
  if (file.hasComment(startOf(node, file), node.end)) return findings.refuse(node, 'a comment stands inside')
  const call = `${textOf(part.receiver, file)}.${part.method}(${textOf(node.right, file)})`
  const text = equal.has(kind) ? replacement(node, call, TIGHT) : replacement(node, `!${call}`, UNARY)
  findings.edit({
    at: node,
    title: `a comparison of a part becomes ${part.method}`,
    reason: 'the part has the length of the text that it is compared with',
    changes: [{ start: startOf(node, file), end: node.end, text }],
    assumptions: [INTRINSICS],
  })
}

export const textEnds: Recipe = {
  id: 'text-ends',
  title: 'comparisons of parts to startsWith and endsWith',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isBinaryExpression(node)) convert(node, file, findings)
    })
  },
}
