import ts from 'typescript'

import { callsOf, functionOf, usesArguments } from '../syntax/functions.ts'
import { isFunctionNode, outer, type FunctionNode } from '../syntax/nodes.ts'
import { holds, isListCall, type View } from './flag-view.ts'

/*
 * The functions that the values of a type go through. A value stays in sight where the function is of the file and only
 * called, or stands where a list's method calls it, and says of what it takes nothing else than the type.
 */

/** A call of a function of the file that is only called, and takes its arguments for what it says. */
export const isOwnCall = (node: ts.CallExpression, { file }: View): boolean => {
  const callee = node.expression
  const binding = ts.isIdentifier(callee) ? file.scopes.bindingOf(callee) : undefined
  const called = binding && functionOf(binding)
  return called !== undefined && !called.typeParameters && callsOf(called, file.scopes) !== undefined
}

/** `console.log(x)` and `JSON.stringify(x)` read. */
export const isReader = ({ expression: callee, arguments: passed }: ts.CallExpression, { file }: View): boolean => {
  if (!ts.isPropertyAccessExpression(callee) || !ts.isIdentifier(callee.expression)) return false
  const { text } = callee.expression
  if (!file.scopes.globals.has(text)) return false
  return text === 'console' || (text === 'JSON' && callee.name.text === 'stringify' && passed.length === 1)
}

/** A function that a list's method calls where it stands, with elements that it takes for what they are. */
const isListCallback = (node: FunctionNode, view: View): boolean =>
  (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) &&
  isListCall(outer(node), view) &&
  node.parameters.every(({ type, dotDotDotToken }) => !dotDotDotToken && (!type || isIndex(type) || holds(type, view)))

const isIndex = ({ kind }: ts.TypeNode): boolean => kind === ts.SyntaxKind.NumberKeyword

/** Whether what is done with a function can be seen: it is only called, or a list's method calls it where it stands. */
const isFollowed = (node: FunctionNode, view: View): boolean => {
  if (usesArguments(node)) return false
  const calls = callsOf(node, view.file.scopes)
  return calls ? !calls.some((call) => call.arguments.some(ts.isSpreadElement)) : isListCallback(node, view)
}

/** Why what a function takes or gives may get out of sight. */
export const functionProblem = (node: FunctionNode, view: View): string | undefined => {
  const signature = view.signatureOf(node)
  if (!signature) return 'the compiler does not know one of the functions'
  const types = [...signature.parameters.map((each) => view.checker.getTypeOfSymbol(each)), signature.getReturnType()]
  if (types.every((type) => view.shapeOf(type) === 'none')) return undefined
  if (view.checker.getTypePredicateOfSignature(signature))
    return 'a function takes one of its values for something else'
  return isFollowed(node, view) ? undefined : 'a function that takes or gives its values may be known elsewhere'
}

/** The functions that a list's method gets must stand there: others could be known elsewhere, or take elements for less. */
export const callProblem = (node: ts.CallExpression, view: View): string | undefined =>
  isListCall(node, view) && node.arguments.some((each) => isFunctionElsewhere(each, view))
    ? 'a list hands its values to a function that does not stand there'
    : undefined

const isFunctionElsewhere = (node: ts.Expression, view: View): boolean => {
  if (isFunctionNode(node)) return !isFollowed(node, view)
  if (ts.isSpreadElement(node)) return false
  const type = view.typeOf(node)
  if (!type || type.flags & ts.TypeFlags.Any) return true
  return view.checker.getNonNullableType(type).getCallSignatures().length > 0
}
