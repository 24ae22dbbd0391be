import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { startOf, textOf } from '../engine/rewrite.ts'
import * as K from '../syntax/kinds.ts'
import { walk } from '../syntax/nodes.ts'
import { isCondition, precedenceOf, replacement, UNARY } from '../syntax/truth.ts'

/*
 * Proof obligation. `b === true` may become `b`, and `b === false` may become `!b`, when b is a boolean and nothing
 * else: then the comparison gives b itself or its opposite. A value that is merely truthy is told apart from true.
 */

const S = ts.SyntaxKind
const equal = new Set([S.EqualsEqualsEqualsToken, S.EqualsEqualsToken])
const unequal = new Set([S.ExclamationEqualsEqualsToken, S.ExclamationEqualsToken])

const convert = (node: ts.BinaryExpression, file: FileContext, findings: Findings): void => {
  const { kind } = node.operatorToken
  const isEqual = equal.has(kind)
  if (!isEqual && !unequal.has(kind)) return
  const word = node.right.kind
  if (word !== S.TrueKeyword && word !== S.FalseKeyword) return
  const proof = file.proves(node.left, K.BOOLEAN)
  if (!proof) {
    const isLoose = kind === S.EqualsEqualsToken || kind === S.ExclamationEqualsToken
    return findings.refuse(
      node,
      `the value may be something other than a boolean${isLoose ? ', which == converts' : ''}`,
    )
  }
  if (file.hasComment(startOf(node, file), node.end)) return findings.refuse(node, 'a comment stands inside')
  const isKept = isEqual === (word === S.TrueKeyword)
  const { left } = node
  const text = textOf(left, file)
  const held = precedenceOf(left) >= UNARY ? text : `(${text})`
  const written = isKept ? replacement(node, text, precedenceOf(left)) : replacement(node, `!${held}`, UNARY)
  findings.edit({
    at: node,
    title: `a comparison of a boolean with ${word === S.TrueKeyword ? 'true' : 'false'} goes`,
    reason: isCondition(node) ? 'the value is a boolean already' : 'the comparison gives the boolean or its opposite',
    changes: [{ start: startOf(node, file), end: node.end, text: written }],
    assumptions: proof,
  })
}

export const booleanComparisons: Recipe = {
  id: 'boolean-comparisons',
  title: 'b === true to b',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isBinaryExpression(node)) convert(node, file, findings)
    })
  },
}
