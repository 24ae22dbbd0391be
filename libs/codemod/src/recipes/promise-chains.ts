import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { boundIdentifiers, contains, isFunctionNode, walk, within, type FunctionNode } from '../syntax/nodes.ts'
import { enclosingFunctionOfScope } from '../syntax/scopes.ts'
import { directivesOf } from '../syntax/strict.ts'

/** A function that stands in a call of `then` or `catch`. */
export type Handler = ts.ArrowFunction | ts.FunctionExpression

/** `receiver.then(...).then(...).catch(...)`, which a function returns. */
export interface Chain {
  readonly statement: ts.ReturnStatement
  readonly receiver: ts.Expression
  readonly thens: readonly Handler[]
  readonly caught: Handler | undefined
}

const linkOf = (node: ts.Expression): { readonly call: ts.CallExpression; readonly name: string } | undefined => {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  const name = node.expression.name.text
  return name === 'then' || name === 'catch' ? { call: node, name } : undefined
}

const handlerOf = ({ arguments: [only, more], typeArguments }: ts.CallExpression): Handler | undefined => {
  if (!only || more || typeArguments) return undefined
  return ts.isArrowFunction(only) || ts.isFunctionExpression(only) ? only : undefined
}

/** The chain of a return statement; a reason where it is one that cannot be taken apart, undefined where it is none. */
export const chainOf = (statement: ts.ReturnStatement): Chain | string | undefined => {
  const links: { readonly name: string; readonly handler: Handler }[] = []
  let at = statement.expression
  for (let link = at && linkOf(at); at && link; link = linkOf(at)) {
    const { call, name } = link
    if (call.questionDotToken || ts.isOptionalChain(call)) return 'the chain may stop on its way'
    const handler = handlerOf(call)
    if (!handler) return `${name} gets something other than one function that stands there`
    links.unshift({ name, handler })
    at = (call.expression as ts.PropertyAccessExpression).expression
  }
  if (!at || links.length === 0) return undefined
  const caught = links.at(-1)!.name === 'catch' ? links.pop() : undefined
  if (links.some(({ name }) => name === 'catch')) return 'a catch stands within the chain'
  return { statement, receiver: at, thens: links.map(({ handler }) => handler), caught: caught?.handler }
}

/** Every handler of a chain, in order. */
export const handlersOf = ({ thens, caught }: Chain): Handler[] => (caught ? [...thens, caught] : [...thens])

/** The return statements of a function itself. */
export const returnsOf = (owner: FunctionNode): ts.ReturnStatement[] => {
  const found: ts.ReturnStatement[] = []
  if (owner.body)
    walk(owner.body, (node) => {
      if (ts.isReturnStatement(node)) found.push(node)
      return !isFunctionNode(node)
    })
  return found
}

const ofItsCall: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ThisKeyword,
  ts.SyntaxKind.SuperKeyword,
  ts.SyntaxKind.MetaProperty,
])

/** Whether a function that is no arrow mentions what its own call gives it. */
const looksAtItsCall = (node: Handler): boolean => {
  let found = false
  const visit = (each: ts.Node): void => {
    if (each !== node && isFunctionNode(each) && !ts.isArrowFunction(each)) return
    if (ofItsCall.has(each.kind) || (ts.isIdentifier(each) && each.text === 'arguments')) found = true
    ts.forEachChild(each, visit)
  }
  visit(node)
  return found
}

/** Why the code of a handler would mean something else in the function around it, names aside. */
export const handlerProblem = (node: Handler): string | undefined => {
  const [parameter, more] = node.parameters
  if (node.asteriskToken) return 'a handler is a generator'
  if (ts.isFunctionExpression(node) && (node.name || looksAtItsCall(node)))
    return 'a handler looks at its own call: this, arguments or its name'
  const isPlain = !parameter?.initializer && !parameter?.dotDotDotToken && !parameter?.questionToken
  if (more || !isPlain || parameter?.name.getText() === 'this') return 'a handler has more than one plain parameter'
  if (node.type || node.typeParameters) return 'a handler has types'
  if (ts.isBlock(node.body) && directivesOf(node.body.statements).length > 0) return 'a handler has a directive'
  const isSpecial = (each: ts.Node): boolean => ts.isIdentifier(each) && /^(await|eval)$/.test(each.text)
  return contains(node, isSpecial) ? 'a handler has eval, or a name that async functions reserve' : undefined
}

/** The names that a handler would bring into the function around it. */
const namesIn = (node: Handler, file: FileContext): ts.Identifier[] => {
  const names = node.parameters.flatMap(({ name }) => boundIdentifiers(name))
  walk(node.body, (each) => {
    if (ts.isIdentifier(each) && file.scopes.declaredBy(each)) names.push(each)
    if (isFunctionNode(each) && ts.isFunctionDeclaration(each) && each.name) names.push(each.name)
    return !isFunctionNode(each)
  })
  return names
}

/**
 * Whether a name is used where a declaration beside the chain could be meant: not the own one of a function inside,
 * unless it is a `var`, which another edit may bring out of that function.
 */
const meets = (node: ts.Identifier, chain: Chain, home: FunctionNode, { scopes }: FileContext): boolean => {
  if (!scopes.referenceOf(node) && !scopes.declaredBy(node)) return false
  const binding = scopes.bindingOf(node)
  const owner = binding && enclosingFunctionOfScope(binding.scope)
  if (!owner || owner === home || !within(owner, home) || within(chain.statement, owner)) return true
  const isVar = binding.declarations.some(({ kind }) => kind === 'var' || kind === 'function')
  return isVar || handlersOf(chain).some((handler) => handler === owner)
}

/** A name of a handler that the function around it, or another handler, knows as well. */
export const nameClash = (chain: Chain, home: FunctionNode, file: FileContext): string | undefined => {
  for (const handler of handlersOf(chain)) {
    const names = new Set(namesIn(handler, file).map(({ text }) => text))
    const twice = handler.parameters
      .flatMap(({ name }) => boundIdentifiers(name))
      .find((name) => (file.scopes.declaredBy(name)?.declarations.length ?? 0) > 1)
    if (twice) return twice.text
    let clash: string | undefined
    walk(home, (node) => {
      if (node === handler) return false
      if (ts.isIdentifier(node) && names.has(node.text) && meets(node, chain, home, file)) clash = node.text
      return clash === undefined
    })
    if (clash !== undefined) return clash
  }
  return undefined
}

/** Whether nothing of a function's code comes after a statement. */
export const isLastOf = (statement: ts.Statement, home: FunctionNode): boolean => {
  const { parent } = statement
  if (ts.isIfStatement(parent)) return isLastOf(parent, home)
  if (!ts.isBlock(parent) || parent.statements.at(-1) !== statement) return false
  return (
    parent === home.body || ((ts.isIfStatement(parent.parent) || ts.isBlock(parent.parent)) && isLastOf(parent, home))
  )
}

const isAsync = (node: ts.Node): boolean =>
  isFunctionNode(node) && (node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ?? false)

/** Whether a function is `async`, and no generator. */
export const isAsyncFunction = (node: FunctionNode): boolean => isAsync(node) && !node.asteriskToken

/** The statement or node that keeps what a chain does apart from the rest of its function. */
export const insideOf = <T extends ts.Node>(
  node: ts.Node,
  home: FunctionNode,
  is: (each: ts.Node) => each is T,
): T | undefined => {
  for (let at = node.parent; at !== home && within(at, home); at = at.parent) if (is(at)) return at
  return undefined
}
