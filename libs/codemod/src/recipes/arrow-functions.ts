import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { NO_SOURCE_TEXT, type Change, type Findings, type Recipe } from '../engine/recipe.ts'
import { childToken, isOneLine, startOf } from '../engine/rewrite.ts'
import { callsOf } from '../syntax/functions.ts'
import { iterationMethods } from '../syntax/intrinsic-kinds.ts'
import { bare, boundIdentifiers, isFunctionNode, walk } from '../syntax/nodes.ts'
import { directivesOf } from '../syntax/strict.ts'
import { calleeOf, onlyCalls } from './only-called.ts'

/*
 * Proof obligation. `function (...) {...}` may become an arrow when
 *  - it does not mention `this`, `arguments`, `new.target`, `super` or eval (arrows take them from outside);
 *  - it is no generator, has no name of its own (a name would be lost), no directives, no doubled parameter;
 *  - nobody can tell a constructor from an arrow: it is handed to something that only calls it, or it is held by one
 *    variable that is only ever called. What is exported, stored or passed to unknown code stays a function.
 * The name that it gets from its variable and its length are the same for an arrow.
 */

const callbackMethods: ReadonlySet<string> = new Set([
  ...iterationMethods,
  'then',
  'catch',
  'finally',
  'replace',
  'replaceAll',
])
const callbackGlobals = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'])

const ownKeywords = new Set([
  ts.SyntaxKind.ThisKeyword,
  ts.SyntaxKind.SuperKeyword,
  ts.SyntaxKind.MetaProperty,
  ts.SyntaxKind.ThisType,
])

/** What an arrow would take from the code around it. */
const dependsOnOwnContext = (node: ts.FunctionExpression): boolean => {
  let found = false
  const visit = (each: ts.Node): void => {
    if (found || (each !== node && isFunctionNode(each) && !ts.isArrowFunction(each))) return
    if (ownKeywords.has(each.kind)) found = true
    if (ts.isIdentifier(each) && /^(arguments|eval|yield|await|this)$/.test(each.text)) found = true
    ts.forEachChild(each, visit)
  }
  visit(node)
  // A direct eval in a nested function could still mention the names of this one.
  walk(node, (each) => {
    if (ts.isIdentifier(each) && each.text === 'eval') found = true
  })
  return found
}

const hasDoubledParameter = (node: ts.FunctionExpression): boolean => {
  const names = node.parameters.flatMap(({ name }) => boundIdentifiers(name)).map(({ text }) => text)
  return new Set(names).size < names.length
}

interface Use {
  /** Why nobody can construct it. */
  readonly reason: string
  readonly assumptions: readonly string[]
}

const useOf = (node: ts.FunctionExpression, file: FileContext): Use | undefined => {
  const { parent } = node
  if (ts.isCallExpression(parent) && parent.arguments.includes(node))
    return callbackUse(parent, file) ?? handedOver(parent, node, file)
  if (ts.isNewExpression(parent) && parent.arguments?.[0] === node && isFree(parent.expression, 'Promise', file)) {
    return { reason: 'the Promise constructor only calls it', assumptions: [NO_SOURCE_TEXT, 'intrinsics intact'] }
  }
  if (ts.isVariableDeclaration(parent) && callsOf(node, file.scopes)) {
    return { reason: 'every use of its variable is a call', assumptions: [NO_SOURCE_TEXT] }
  }
  return undefined
}

const isFree = (node: ts.Expression, name: string, file: FileContext): boolean =>
  ts.isIdentifier(node) && node.text === name && file.scopes.bindingOf(node) === undefined

const callbackUse = (call: ts.CallExpression, file: FileContext): Use | undefined => {
  const callee = bare(call.expression)
  if (ts.isIdentifier(callee)) {
    if (!callbackGlobals.has(callee.text) || file.scopes.bindingOf(callee)) return undefined
    return {
      reason: `${callee.text} only calls it`,
      assumptions: [NO_SOURCE_TEXT, `${callee.text} is the platform's own`],
    }
  }
  if (!ts.isPropertyAccessExpression(callee)) return undefined
  const name = callee.name.text
  const isTick = name === 'nextTick' && isFree(callee.expression, 'process', file)
  if (!isTick && !callbackMethods.has(name)) return undefined
  return {
    reason: `${name} only calls it`,
    assumptions: [NO_SOURCE_TEXT, `a method named ${name} calls its callback and never constructs it`],
  }
}

/** Handed to a function in sight: of this file, or of another file of the package. */
const handedOver = (call: ts.CallExpression, node: ts.FunctionExpression, file: FileContext): Use | undefined => {
  const index = call.arguments.indexOf(node)
  if (call.arguments.slice(0, index).some(ts.isSpreadElement)) return undefined
  const callee = calleeOf(call, file)
  if (!callee || !onlyCalls(callee, index)) return undefined
  return {
    reason: `${call.expression.getText()} only calls it`,
    assumptions: [NO_SOURCE_TEXT, ...callee.assumptions],
  }
}

const startsWithBrace = (expression: ts.Expression, file: FileContext): boolean =>
  file.text[startOf(expression, file)] === '{' ||
  (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.CommaToken)

/** `{ return x }` on the way to `x`: only where nothing but the keyword and the braces goes. */
const conciseBody = (node: ts.FunctionExpression, head: number, file: FileContext): Change[] | undefined => {
  const [only, more] = node.body.statements
  if (!only || more || !ts.isReturnStatement(only) || !only.expression) return undefined
  const start = startOf(only.expression, file)
  const { end } = only.expression
  if (!isOneLine(start, end, file)) return undefined
  if (file.hasComment(head, start) || file.hasComment(end, node.body.end)) return undefined
  const [open, close] = startsWithBrace(only.expression, file) ? ['(', ')'] : ['', '']
  return [
    { start: head, end: start, text: ` => ${open}` },
    { start: end, end: node.body.end, text: close },
  ]
}

const convert = (node: ts.FunctionExpression, file: FileContext, findings: Findings): void => {
  const use = useOf(node, file)
  if (use === undefined || node.name) return
  if (node.asteriskToken) return
  if (dependsOnOwnContext(node)) return findings.refuse(node, 'it uses this, arguments, super, new.target or eval')
  if (hasDoubledParameter(node)) return findings.refuse(node, 'an arrow cannot have two parameters of one name')
  if (directivesOf(node.body.statements).length > 0) return findings.refuse(node, 'it has a directive of its own')
  if (node.typeParameters) return findings.refuse(node, 'it has type parameters')
  const open = childToken(node, ts.SyntaxKind.OpenParenToken, file)
  const close = childToken(node, ts.SyntaxKind.CloseParenToken, file)
  const keyword = childToken(node, ts.SyntaxKind.FunctionKeyword, file)
  if (!open || !close || !keyword) return
  const head = node.type ? node.type.end : close.end
  if (file.hasComment(keyword.end, startOf(open, file)) || file.hasComment(head, startOf(node.body, file))) {
    return findings.refuse(node, 'a comment stands in its head')
  }
  if (file.text.slice(close.end, startOf(node.body, file)).includes('\n'))
    return findings.refuse(node, 'its head has a line break')
  const keywordStart = startOf(keyword, file)
  const body = conciseBody(node, head, file) ?? [{ start: head, end: startOf(node.body, file), text: ' => ' }]
  findings.edit({
    at: node,
    title: 'function becomes an arrow',
    reason: `it uses nothing of its own call, and ${use.reason}`,
    changes: [{ start: keywordStart, end: startOf(open, file), text: '' }, ...body],
    assumptions: use.assumptions,
  })
}

export const arrowFunctions: Recipe = {
  id: 'arrow-functions',
  title: 'callbacks to arrow functions',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isFunctionExpression(node)) convert(node, file, findings)
    })
  },
}
