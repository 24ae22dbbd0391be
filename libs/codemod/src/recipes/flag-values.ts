import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { isAssignment, isFunctionNode, walk } from '../syntax/nodes.ts'
import { callProblem, functionProblem } from './flag-functions.ts'
import { isNothing } from './flag-shapes.ts'
import type { FlagType } from './flag-types.ts'
import { patternProblem, useProblem } from './flag-uses.ts'
import { isListCall, viewOf, type View } from './flag-view.ts'
import type { Checked } from './typed-edits.ts'

/*
 * The values of a type that no other file can name. They come from object literals only, when each expression that is
 * wanted as one is such a literal or has the very type; and they stay what they were, when each expression that has the
 * type is only read, compared, kept in variables and lists, and handed to functions that say they take it.
 */

/** Expressions whose parts are looked at in their place. */
const passesOn = (node: ts.Expression): boolean =>
  ts.isParenthesizedExpression(node) ||
  ts.isConditionalExpression(node) ||
  ts.isArrayLiteralExpression(node) ||
  (ts.isBinaryExpression(node) && !isAssignment(node))

/** Why an expression that is wanted as a value of the type may be something else. */
const sourceProblem = (node: ts.Expression, view: View): string | undefined => {
  const wanted = view.shapeOf(view.wantedOf(node))
  if (wanted === 'none') return undefined
  const type = view.typeOf(node)
  if (!type || type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return 'a value of unknown type is taken for one'
  if (wanted === 'mixed') return 'it is wanted among other types'
  if (ts.isObjectLiteralExpression(node) || passesOn(node) || isNothing(type)) return undefined
  return view.shapeOf(type) === 'none' ? 'a value that was made as something else is taken for one' : undefined
}

/** What is spread into a list must be one. */
const spreadProblem = (node: ts.SpreadElement, view: View): string | undefined => {
  const { parent } = node
  const isTaken = ts.isArrayLiteralExpression(parent)
    ? view.shapeOf(view.wantedOf(parent)) !== 'none'
    : isListCall(parent, view)
  return isTaken && view.shapeOf(view.typeOf(node.expression)) !== 'list'
    ? 'a list that was made as something else is spread into one'
    : undefined
}

/** Names that stand for a variable; other identifiers are no expressions. */
const isExpression = (node: ts.Node, file: FileContext): node is ts.Expression => {
  if (!ts.isIdentifier(node)) return ts.isExpression(node) && !ts.isSpreadElement(node)
  return file.scopes.referenceOf(node)?.typeOnly === false
}

/** A type that is taken from a value, under another name. */
const queryProblem = ({ exprName }: ts.TypeQueryNode, view: View): string | undefined => {
  const type = view.typeOf(exprName)
  const results = type?.getCallSignatures().map((each) => each.getReturnType()) ?? []
  return [type, ...results].some((each) => view.shapeOf(each) !== 'none')
    ? 'another type is made of one of its values'
    : undefined
}

/** The literals that make the values of a type, when they are all there are and nothing changes a value; else why not. */
export const valuesOf = (
  type: FlagType,
  checked: Checked,
  file: FileContext,
): ts.ObjectLiteralExpression[] | string => {
  const view = viewOf(type, checked, file)
  if (!view) return 'the compiler knows it from other places'
  const literals: ts.ObjectLiteralExpression[] = []
  let problem: string | undefined
  walk(file.file, (node) => {
    if (isFunctionNode(node)) problem ??= functionProblem(node, view)
    if (ts.isSpreadElement(node)) problem ??= spreadProblem(node, view)
    if (ts.isCallExpression(node)) problem ??= callProblem(node, view)
    if (ts.isTypeQueryNode(node)) problem ??= queryProblem(node, view)
    if (ts.isObjectBindingPattern(node)) problem ??= patternProblem(node, view)
    if (!problem && isExpression(node, file)) {
      problem = sourceProblem(node, view) ?? useProblem(node, view)
      if (ts.isObjectLiteralExpression(node) && view.shapeOf(view.wantedOf(node)) === 'value') literals.push(node)
    }
    return problem === undefined
  })
  return problem ?? literals
}
