import ts from 'typescript'

import { usesArguments } from './functions.ts'
import { bare, isAssignment, isFunctionNode, outer } from './nodes.ts'
import { isConstant } from './names.ts'
import type { Binding } from './scopes.ts'

/** Methods of a list that change nothing in it and hand it to nobody. */
const reading: ReadonlySet<string> = new Set(['join', 'indexOf', 'lastIndexOf', 'includes', 'slice', 'at'])
/** Those that hand it to a callback, as the third argument. */
const visiting: ReadonlySet<string> = new Set(['forEach', 'map', 'filter', 'some', 'every', 'find', 'findIndex'])

/**
 * Whether nobody but the code in sight can change what a variable holds, and that code does not: it is set once, and
 * every use reads an element or the length, walks over the elements, or calls a method that only reads.
 */
export const isUntouched = (binding: Binding): boolean =>
  isConstant(binding) && binding.references.every(({ identifier }) => onlyReads(identifier))

/** An initialiser, with the `var` of a binding that is set once. */
export const initializerOf = (binding: Binding): ts.Expression | undefined => {
  const [sole] = binding.declarations
  return sole && ts.isVariableDeclaration(sole.node) && sole.node.name === sole.identifier
    ? sole.node.initializer
    : undefined
}

const onlyReads = (use: ts.Identifier): boolean => {
  const parent = outer(use)
  if (ts.isForOfStatement(parent)) return bare(parent.expression) === use
  if (ts.isElementAccessExpression(parent)) return bare(parent.expression) === use && isPlainRead(parent)
  if (!ts.isPropertyAccessExpression(parent)) return false
  const name = parent.name.text
  const call = outer(parent)
  if (!ts.isCallExpression(call) || bare(call.expression) !== parent) return name === 'length' && isPlainRead(parent)
  return reading.has(name) || (visiting.has(name) && call.arguments.length === 1 && seesNoList(call.arguments[0]!))
}

/** Neither written, nor deleted, nor called: a call would hand the list over as `this`. */
const isPlainRead = (access: ts.Expression): boolean => {
  let parent = outer(access)
  // Types do not keep anybody from writing: `list[0]! = x`, `(list[0] as any) = x`.
  while (ts.isAsExpression(parent) || ts.isNonNullExpression(parent) || ts.isSatisfiesExpression(parent))
    parent = outer(parent)
  if (ts.isTypeAssertionExpression(parent)) return false
  if (isAssignment(parent)) return bare(parent.left) !== access
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent))
    return parent.operator !== ts.SyntaxKind.PlusPlusToken && parent.operator !== ts.SyntaxKind.MinusMinusToken
  if (ts.isCallExpression(parent) || ts.isTaggedTemplateExpression(parent)) return isPassed(parent, access)
  // The target of a pattern or of a loop: `[list[0]] = ...`, `for (list[0] of ...)`, and the same in an object.
  return !(
    ts.isDeleteExpression(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isSpreadAssignment(parent) ||
    ts.isForInStatement(parent) ||
    ts.isForOfStatement(parent)
  )
}

const isPassed = (call: ts.CallExpression | ts.TaggedTemplateExpression, access: ts.Expression): boolean =>
  ts.isCallExpression(call) && call.arguments.some((argument) => bare(argument) === access)

/** A function in sight that does not take the list it is called for. */
const seesNoList = (callback: ts.Expression): boolean => {
  const node = bare(callback)
  return (
    isFunctionNode(node) &&
    node.parameters.length <= 2 &&
    !node.parameters.some(({ dotDotDotToken }) => dotDotDotToken) &&
    !usesArguments(node)
  )
}
