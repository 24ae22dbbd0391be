import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { isFreeName } from '../syntax/names.ts'
import * as K from '../syntax/kinds.ts'
import { bare, outer, walk } from '../syntax/nodes.ts'
import { isCondition } from '../syntax/truth.ts'

/*
 * Proof obligation. For a variable `a` of this file, which is read once instead of twice:
 *  - `a == null ? undefined : a.b` (and `a != null ? a.b : undefined`) is `a?.b`, which asks the same of a;
 *  - `a != null && a.b` is `a?.b` where only its truth is asked for: false becomes undefined;
 *  - `a != null && a.b === v` is `a?.b === v` when v is a literal: undefined is equal to none of them;
 *  - `a && a.b` the same, when `a` is an object, a function, null or undefined: the empty string, 0, NaN and false have
 *    properties, which may be truthy. In a comparison its truth must be all that is asked for, for `a` itself came out.
 * The rest of the chain is skipped in both when a is null or undefined. What is written stays: assignments and delete
 * are no reads.
 */

const S = ts.SyntaxKind
const OBJECTS = K.FUNCTION | K.ARRAY | K.REGEXP | K.OBJECT

const nameIn = (node: ts.Expression): ts.Identifier | undefined => (ts.isIdentifier(node) ? node : undefined)

/** `a != null` and `a == null`, by name. */
const nullTest = (expression: ts.Expression): { name: ts.Identifier; isNullish: boolean } | undefined => {
  const test = bare(expression)
  if (!ts.isBinaryExpression(test)) return undefined
  const { kind } = test.operatorToken
  if (kind !== S.EqualsEqualsToken && kind !== S.ExclamationEqualsToken) return undefined
  const name = nameIn(test.left)
  const isWord = test.right.kind === S.NullKeyword || (ts.isIdentifier(test.right) && test.right.text === 'undefined')
  return name && isWord ? { name, isNullish: kind === S.EqualsEqualsToken } : undefined
}

type Link = ts.PropertyAccessExpression | ts.ElementAccessExpression | ts.CallExpression

const isLink = (node: ts.Expression): node is Link =>
  ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isCallExpression(node)

/** The first link of a chain of reads and calls that starts with a name: where `?.` goes. */
const firstLink = (expression: ts.Expression, name: string): Link | undefined => {
  if (!isLink(expression) || expression.flags & ts.NodeFlags.OptionalChain) return undefined
  const inner = expression.expression
  if (ts.isIdentifier(inner)) return inner.text === name ? expression : undefined
  return firstLink(inner, name)
}

/** Where `?.` is put in, or written in place of the dot. */
const linkChange = (link: Link, file: FileContext) => {
  const inner = link.expression
  const isDot = ts.isPropertyAccessExpression(link)
  const dot = isDot ? file.text.indexOf('.', inner.end) : inner.end
  return { start: isDot ? dot : inner.end, end: isDot ? dot + 1 : inner.end, text: '?.' }
}

interface Place {
  readonly whole: ts.Expression
  /** The test before the chain, which goes. */
  readonly test: ts.Expression
  /** What is left of it. */
  readonly kept: ts.Expression
  readonly link: Link
  readonly name: ts.Identifier
}

const isUndefined = (node: ts.Expression, file: FileContext): boolean => {
  const value = bare(node)
  if (ts.isVoidExpression(value)) return ts.isNumericLiteral(value.expression)
  return ts.isIdentifier(value) && value.text === 'undefined' && isFreeName('undefined', value, file.scopes)
}

const inTernary = (node: ts.ConditionalExpression, file: FileContext): Place | undefined => {
  const test = nullTest(node.condition)
  if (!test) return undefined
  const [other, kept] = test.isNullish ? [node.whenTrue, node.whenFalse] : [node.whenFalse, node.whenTrue]
  const link = firstLink(kept, test.name.text)
  return link && isUndefined(other, file)
    ? { whole: node, test: node.condition, kept, link, name: test.name }
    : undefined
}

const isLiteral = (node: ts.Expression): boolean =>
  ts.isStringLiteralLike(node) ||
  ts.isNumericLiteral(node) ||
  node.kind === S.TrueKeyword ||
  node.kind === S.FalseKeyword ||
  node.kind === S.NullKeyword

const isAnd = (node: ts.Expression): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === S.AmpersandAmpersandToken

/** `(a?.b)()` would call it on a, which the value of a choice is not. */
const isReferenced = (node: ts.Expression): boolean => {
  const parent = outer(node)
  if (ts.isCallExpression(parent)) return bare(parent.expression) === node
  return ts.isTaggedTemplateExpression(parent) || ts.isDeleteExpression(parent)
}

const inAnd = (node: ts.BinaryExpression, file: FileContext): Place | string | undefined => {
  // In `x && a && a.b` the test of a is the right end of what stands before.
  const before = isAnd(node.left) ? node.left.right : node.left
  const test = nullTest(before)
  const name = test ? (test.isNullish ? undefined : test.name) : nameIn(bare(before))
  if (!name) return undefined
  const compared =
    ts.isBinaryExpression(node.right) &&
    node.right.operatorToken.kind === S.EqualsEqualsEqualsToken &&
    isLiteral(node.right.right)
  const chain = compared ? (node.right as ts.BinaryExpression).left : node.right
  const link = firstLink(chain, name.text)
  if (!link) return undefined
  if (!isCondition(node) && !(compared && test)) return 'its value is used, and would be undefined instead'
  if (!test && !file.proves(name, OBJECTS | K.NULLISH))
    return `${name.text} may be an empty string, 0, NaN or false, which have properties`
  return { whole: node, test: before, kept: node.right, link, name }
}

const convert = ({ whole, test, kept, link, name }: Place, file: FileContext, findings: Findings): void => {
  const binding = file.scopes.bindingOf(name)
  if (!binding || binding.scope.dynamic) return findings.refuse(whole, `${name.text} is no variable of this file`)
  if (isReferenced(whole)) return findings.refuse(whole, 'the value is called or deleted, and would be a reference')
  const start = startOf(test, file)
  const keptStart = startOf(kept, file)
  if (file.hasComment(start, keptStart) || file.hasComment(kept.end, whole.end))
    return findings.refuse(whole, 'a comment stands inside')
  const change = linkChange(link, file)
  if (file.text.slice(start, change.end).includes('\n')) return findings.refuse(whole, 'it runs over several lines')
  findings.edit({
    at: whole,
    title: `a test of ${name.text} before it is read becomes ?.`,
    reason: 'the chain is skipped for null and undefined, which is what the test asked for',
    changes: [
      { start, end: keptStart, text: '' },
      change,
      ...(kept.end < whole.end ? [{ start: kept.end, end: whole.end, text: '' }] : []),
    ],
    assumptions: ['no document.all'],
  })
}

export const optionalChaining: Recipe = {
  id: 'optional-chaining',
  title: 'tests before a read to ?.',
  family: 'modernize',
  need: { ecmaVersion: 2020 },
  find(file, findings) {
    walk(file.file, (node) => {
      const place = ts.isConditionalExpression(node)
        ? inTernary(node, file)
        : ts.isBinaryExpression(node) && isAnd(node)
          ? inAnd(node, file)
          : undefined
      if (typeof place === 'string') findings.refuse(node, place)
      else if (place) convert(place, file, findings)
    })
  },
}
