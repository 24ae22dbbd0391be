import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { NO_SOURCE_TEXT, type Findings, type Recipe } from '../engine/recipe.ts'
import { hasOwnComment, isOneLine, removalOf, removalProblem, startOf, textOf } from '../engine/rewrite.ts'
import { callsOf, usesArguments } from '../syntax/functions.ts'
import { freeNames, isConstant, meansTheSame } from '../syntax/names.ts'
import { bare, contains, enclosingFunction, isFunctionNode, walk, within } from '../syntax/nodes.ts'
import { precedenceOf, TIGHT } from '../syntax/truth.ts'

/*
 * Proof obligation. A function that does nothing but return an expression, and that is called in one place and used in
 * no other way, may be written in place of its call when
 *  - every argument is a literal, or a variable that is written nowhere but where it is declared: it has the same value
 *    whenever the expression reads it, and reading it has no effect; a missing argument is not used by the expression;
 *  - the parameters are plain names that the expression does not write and that no function inside of it keeps;
 *  - every other name in the expression means the same at the call, and `this`, `arguments`, await, yield and eval are
 *    not in it; both places are strict or both are not.
 */

const LIMIT = 80

const returnedBy = (node: ts.FunctionDeclaration): ts.Expression | undefined => {
  const [only, more] = node.body?.statements ?? []
  return only && !more && ts.isReturnStatement(only) ? only.expression : undefined
}

const isBound = (node: ts.Node): boolean =>
  node.kind === ts.SyntaxKind.ThisKeyword ||
  node.kind === ts.SyntaxKind.SuperKeyword ||
  ts.isMetaProperty(node) ||
  ts.isAwaitExpression(node) ||
  ts.isYieldExpression(node) ||
  isFunctionNode(node) ||
  ts.isClassLike(node) ||
  (ts.isIdentifier(node) && (node.text === 'arguments' || node.text === 'eval'))

const isPlainArgument = (node: ts.Expression, file: FileContext): boolean => {
  const value = bare(node)
  if (ts.isStringLiteral(value) || ts.isNumericLiteral(value)) return true
  if (value.kind === ts.SyntaxKind.TrueKeyword || value.kind === ts.SyntaxKind.FalseKeyword) return true
  if (value.kind === ts.SyntaxKind.NullKeyword) return true
  if (!ts.isIdentifier(value)) return false
  const binding = file.scopes.bindingOf(value)
  const home = enclosingFunction(value)
  const isSettled = binding !== undefined && binding.declarations[0]!.identifier.end < value.pos
  // A parameter shares its value with `arguments` in sloppy code.
  return (
    isSettled && isConstant(binding) && !(home && usesArguments(home)) && binding.declarations[0]!.kind !== 'import'
  )
}

const problemOf = (node: ts.FunctionDeclaration, value: ts.Expression, call: ts.CallExpression, file: FileContext) => {
  const { parameters } = node
  if (node.asteriskToken || node.modifiers?.length) return 'it is a generator, async or exported'
  if (parameters.some((each) => !ts.isIdentifier(each.name) || each.initializer || each.dotDotDotToken))
    return 'a parameter is more than a name'
  if (contains(value, isBound)) return 'its expression depends on the function that it stands in'
  if (within(call, node)) return 'it calls itself'
  if (call.questionDotToken || call.arguments.some(ts.isSpreadElement)) return 'its call is written in an unusual way'
  if (!call.arguments.every((each) => isPlainArgument(each, file)))
    return 'an argument may change or have effects before it is read'
  if (file.unit.isStrict(node.body!) !== file.unit.isStrict(call)) return 'only one of the places is strict'
  for (const [name, binding] of freeNames(value, file.scopes)) {
    const index = parameters.findIndex((each) => binding?.declarations[0]?.node === each)
    if (index >= call.arguments.length) return 'an argument is missing'
    if (index >= 0 && !isConstant(binding!)) return 'a parameter is written'
    const place = call.expression as ts.Identifier
    if (index === -1 && !meansTheSame(name, binding, place, file.scopes)) return `${name} means something else there`
  }
  return undefined
}

/** The expression with the arguments in place of the parameters. */
const written = (node: ts.FunctionDeclaration, value: ts.Expression, call: ts.CallExpression, file: FileContext) => {
  const start = startOf(value, file)
  let text = ''
  let at = start
  walk(value, (each) => {
    if (!ts.isIdentifier(each)) return
    const binding = file.scopes.referenceOf(each)?.binding
    const index = node.parameters.findIndex((parameter) => binding?.declarations[0]?.node === parameter)
    if (index === -1) return
    const argument = bare(call.arguments[index]!)
    const own = textOf(argument, file)
    const isShorthand = ts.isShorthandPropertyAssignment(each.parent)
    const isNumber = ts.isNumericLiteral(argument) && ts.isPropertyAccessExpression(each.parent)
    text +=
      file.text.slice(at, startOf(each, file)) + (isShorthand ? `${each.text}: ${own}` : isNumber ? `(${own})` : own)
    at = each.end
  })
  text += file.text.slice(at, value.end)
  return precedenceOf(value) >= TIGHT && !ts.isObjectLiteralExpression(bare(value)) ? text : `(${text})`
}

const convert = (node: ts.FunctionDeclaration, value: ts.Expression, file: FileContext, findings: Findings): void => {
  const calls = callsOf(node, file.scopes)
  const [call, more] = calls ?? []
  if (!call || more) return
  const problem =
    problemOf(node, value, call, file) ??
    (hasOwnComment(node, file) || file.hasComment(startOf(node, file), node.end)
      ? 'a comment says something about it'
      : undefined) ??
    removalProblem(node, file)
  if (problem) return findings.refuse(node, problem)
  if (!isOneLine(startOf(value, file), value.end, file) || !ts.isIdentifier(call.expression))
    return findings.refuse(node, 'its expression runs over several lines')
  const text = written(node, value, call, file)
  if (text.length > LIMIT) return findings.refuse(node, 'its expression is long')
  if (ts.isExpressionStatement(call.parent)) return findings.refuse(node, 'its result is not used')
  findings.edit({
    at: node,
    title: `${node.name!.text} is written in place of its only call`,
    reason: 'it only returns an expression, whose names mean the same there',
    changes: [{ start: startOf(call, file), end: call.end, text }, removalOf(node, file)],
    assumptions: [NO_SOURCE_TEXT, 'stack traces are not inspected'],
  })
}

export const inlineFunction: Recipe = {
  id: 'inline-function',
  title: 'functions that are called once',
  family: 'structure',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    if (file.unit.language !== 'javascript' || file.unit.moduleKind === 'script') return
    walk(file.file, (node) => {
      const value = ts.isFunctionDeclaration(node) && node.name ? returnedBy(node) : undefined
      if (value) convert(node as ts.FunctionDeclaration, value, file, findings)
    })
  },
}
