import ts from 'typescript'

import { asBuffer } from '@iama/patch'

import type { FileContext } from '../engine/file-context.ts'
import type { Found, Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { walk } from '../syntax/nodes.ts'
import { checkedFile, reportTyped, type Checked } from './typed-edits.ts'

/*
 * Proof obligation. `x as T` may become `x` when x is of type T already, the very same type by the compiler, and `x!`
 * may become `x` when the type of x has neither null nor undefined in it. Neither is there when the code runs; the file
 * must have no type error that it had not before. `as const`, any and unknown stay: they say more than their type. A
 * literal stays: what it is contextually could change. Without strict null checks `!` says nothing, and is left.
 */

const isSilent = (type: ts.Type): boolean =>
  (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Never)) !== 0

const isLiteral = (node: ts.Expression): boolean =>
  ts.isLiteralExpression(node) ||
  ts.isObjectLiteralExpression(node) ||
  ts.isArrayLiteralExpression(node) ||
  ts.isParenthesizedExpression(node) ||
  node.kind === ts.SyntaxKind.NullKeyword

const redundant = (
  node: ts.AsExpression | ts.NonNullExpression,
  { checker, twin }: Checked,
  file: FileContext,
): Found | undefined => {
  const same = twin(node)
  if (!same || isLiteral(node.expression) || ts.isOptionalChain(node.expression)) return undefined
  const inner = checker.getTypeAtLocation(same.expression)
  if (isSilent(inner)) return undefined
  if (ts.isAsExpression(same)) {
    if (same.type.getText() === 'const' || checker.getTypeFromTypeNode(same.type) !== inner) return undefined
  } else if (!isStrict(file) || checker.getNonNullableType(inner) !== inner) return undefined
  if (file.hasComment(node.expression.end, node.end)) return undefined
  return {
    at: node,
    title: ts.isAsExpression(node) ? 'an assertion of the type that it has goes' : 'a ! that excludes nothing goes',
    reason: 'the compiler gives the expression that type without it',
    changes: [{ start: node.expression.end, end: node.end, text: '' }],
  }
}

/** A generic type may hold null without saying so. */
const isStrict = (file: FileContext): boolean => {
  const config = file.project.tree.get('tsconfig.json')
  return config !== undefined && /"strict(NullChecks)?"\s*:\s*true/.test(asBuffer(config.content).toString())
}

export const redundantAssertions: Recipe = {
  id: 'redundant-assertions',
  title: 'type assertions that say nothing',
  family: 'types',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    if (file.unit.language !== 'typescript') return
    const nodes: (ts.AsExpression | ts.NonNullExpression)[] = []
    walk(file.file, (node) => {
      if (ts.isAsExpression(node) || ts.isNonNullExpression(node)) nodes.push(node)
    })
    const checked = nodes.length > 0 ? checkedFile(file) : undefined
    if (checked === undefined || typeof checked === 'string') return
    const found = nodes.flatMap((node) => redundant(node, checked, file) ?? [])
    reportTyped(
      found.filter(({ at }) => startOf(at, file) >= 0),
      file,
      findings,
    )
  },
}
