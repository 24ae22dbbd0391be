import { bare, isFunctionNode } from '@iama/codemod'
import ts from 'typescript'

import type { Draft } from './draft.ts'
import { calledName, loadOf, unwrapped } from './loads.ts'
import type { Declarations } from './symbols.ts'
import type { Target } from './types.ts'
import { doesSomething, isChain, kindOfValue, memberName } from './values.ts'

/** What a file assigns to its exports, to be read when every name is known. */
export interface CommonJs {
  readonly exports: { readonly name: string; readonly target: Target | ts.Expression }[]
  readonly stars: Target[]
}

/** `exports`, also where a wrapper takes it as a parameter, and `module.exports`. */
const isExports = (node: ts.Expression, draft: Draft): boolean => {
  if (ts.isPropertyAccessExpression(node))
    return node.name.text === 'exports' && ts.isIdentifier(node.expression) && isLoose(node.expression, 'module', draft)
  return ts.isIdentifier(node) && isLoose(node, 'exports', draft)
}

const isLoose = (node: ts.Identifier, name: string, { scopes }: Draft): boolean =>
  node.text === name && (scopes.bindingOf(node)?.declarations.every(({ kind }) => kind === 'parameter') ?? true)

/** The name that an assignment exports: `=` for all; nothing when it assigns something else. */
const exportedName = (left: ts.Expression, draft: Draft): string | undefined => {
  if (isExports(left, draft)) return '='
  if (ts.isPropertyAccessExpression(left) && isExports(left.expression, draft)) return left.name.text
  if (!ts.isElementAccessExpression(left) || !isExports(left.expression, draft)) return undefined
  return ts.isStringLiteralLike(left.argumentExpression) ? left.argumentExpression.text : undefined
}

const exportObject = (all: Declarations, node: ts.ObjectLiteralExpression, owner: number): void => {
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      const load = loadOf(property.expression, all.draft.scopes)
      if (load !== undefined) all.commonJs.stars.push({ import: all.draft.addLoad(load, property) })
      else all.visit(property, owner)
      continue
    }
    const name = memberName(property.name)
    if (name === undefined) all.visit(property, owner)
    else if (ts.isShorthandPropertyAssignment(property)) exportShorthand(all, property, name)
    else if (ts.isPropertyAssignment(property)) exportValue(all, name, property.initializer, property, owner)
    else {
      const symbol = all.draft.declare(property, name, 'method', owner, { isMember: owner > 0 })
      all.commonJs.exports.push({ name, target: { symbol } })
      all.children(property, symbol)
    }
  }
}

const exportShorthand = (
  all: Declarations,
  { name: identifier }: ts.ShorthandPropertyAssignment,
  name: string,
): void => {
  all.draft.exporting.add(identifier)
  all.commonJs.exports.push({ name, target: identifier })
}

const rootOf = (node: ts.Expression): ts.Expression =>
  ts.isPropertyAccessExpression(node) ? rootOf(node.expression) : node

const isDotted = (node: ts.Expression): boolean => ts.isIdentifier(rootOf(node))

const exportValue = (all: Declarations, name: string, value: ts.Expression, at: ts.Node, owner: number): void => {
  const { draft, commonJs } = all
  const node = bare(value)
  if (ts.isVoidExpression(node)) return
  if (loadOf(node, draft.scopes) !== undefined || isDotted(node)) {
    draft.exporting.add(rootOf(node))
    commonJs.exports.push({ name, target: node })
    return
  }
  if (name === '=' && ts.isObjectLiteralExpression(node)) return exportObject(all, node, owner)
  const kind = kindOfValue(node)
  const ownName = isFunctionNode(node) || ts.isClassExpression(node) ? node.name : undefined
  const inner = ownName && ts.isIdentifier(ownName) ? ownName : undefined
  const label = name === '=' ? (inner?.text ?? 'module.exports') : name
  const runsOnLoad = kind === 'variable' && doesSomething(node)
  const symbol = draft.declare(at, label, kind, owner, { runsOnLoad })
  commonJs.exports.push({ name, target: { symbol } })
  const binding = inner && draft.scopes.declaredBy(inner)
  if (binding !== undefined) draft.symbolOf.set(binding, symbol)
  all.value(node, symbol)
}

/** `Foo.bar = function` and `Foo.prototype.bar = function` as members of Foo; an object for the prototype as many. */
const readMember = (all: Declarations, left: ts.Expression, value: ts.Expression, at: ts.Node): boolean => {
  if (!ts.isPropertyAccessExpression(left)) return false
  const { draft } = all
  const node = bare(value)
  const isPrototype = (each: ts.Expression): each is ts.PropertyAccessExpression =>
    ts.isPropertyAccessExpression(each) && each.name.text === 'prototype'
  const holder = isPrototype(left.expression) ? left.expression.expression : left.expression
  const whole = isPrototype(left) && ts.isObjectLiteralExpression(node) ? node : undefined
  const named = whole ? left.expression : holder
  const binding = ts.isIdentifier(named) ? draft.scopes.bindingOf(named) : undefined
  const symbol = binding && draft.symbolOf.get(binding)
  if (symbol === undefined) return false
  if (whole) {
    draft.addRange(symbol, at)
    for (const property of whole.properties) if (isFunctionNode(property)) draft.selfAt.set(property, symbol)
    all.value(whole, symbol)
    return true
  }
  const kind = kindOfValue(node)
  if (kind === 'variable') return false
  const member = draft.declare(at, left.name.text, kind === 'class' ? 'class' : 'method', symbol, { isMember: true })
  all.value(node, member)
  if (isFunctionNode(node)) draft.selfAt.set(node, symbol)
  return true
}

const readCall = (all: Declarations, node: ts.CallExpression): boolean => {
  const { draft, commonJs } = all
  const [first, second, third] = node.arguments
  if (first === undefined || second === undefined) return false
  const name = calledName(node.expression) ?? ''
  if (/^_*export(Star|All)?$/.test(name) && isExports(second, draft)) {
    const load = loadOf(first, draft.scopes)
    if (load === undefined) return false
    commonJs.stars.push({ import: draft.addLoad(load, node) })
    return true
  }
  if (name !== 'defineProperty' || !isExports(first, draft) || !ts.isStringLiteralLike(second)) return false
  const value = third && returnedBy(third)
  if (value === undefined || !isDotted(value)) return false
  draft.exporting.add(rootOf(value))
  commonJs.exports.push({ name: second.text, target: value })
  return true
}

/** `x.y` of `{ get: function () { return x.y } }`. */
const returnedBy = (descriptor: ts.Expression): ts.Expression | undefined => {
  if (!ts.isObjectLiteralExpression(descriptor)) return undefined
  const getter = descriptor.properties.find((each) => each.name && memberName(each.name) === 'get')
  const code = getter && ts.isPropertyAssignment(getter) ? bare(getter.initializer) : getter
  if (code === undefined || !isFunctionNode(code) || !code.body) return undefined
  if (!ts.isBlock(code.body)) return unwrapped(code.body)
  const [only] = code.body.statements
  return only && ts.isReturnStatement(only) && only.expression ? unwrapped(only.expression) : undefined
}

/** `const a = module.exports = value`: the value is the variable's own. */
const isValueOfVariable = (node: ts.BinaryExpression, owner: number, { symbolOf, scopes }: Draft): boolean => {
  const { parent } = node
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false
  const binding = scopes.declaredBy(parent.name)
  return binding !== undefined && symbolOf.get(binding) === owner
}

/** Reads what assigns to the exports or to a member of a declaration; false when the node is something else. */
export const readAssignment = (
  all: Declarations,
  node: ts.BinaryExpression | ts.CallExpression,
  owner: number,
): boolean => {
  if (ts.isCallExpression(node)) return readCall(all, node)
  if (!isChain(node)) return false
  const lefts: ts.Expression[] = []
  let value: ts.Expression = node
  while (isChain(value)) {
    lefts.push(value.left)
    value = bare(value.right)
  }
  const names = lefts.flatMap((left) => exportedName(left, all.draft) ?? [])
  if (names.length === 0) return lefts.length === 1 && readMember(all, lefts[0]!, value, node)
  if (isValueOfVariable(node, owner, all.draft) && !isDotted(value)) {
    for (const name of names) all.commonJs.exports.push({ name, target: { symbol: owner } })
    all.value(value, owner)
    return true
  }
  const [first, ...others] = names
  const before = all.commonJs.exports.length
  // `var a = exports.b = exports.c = x` and `exports = module.exports = x`: one value, several names.
  exportValue(all, names.includes('=') ? '=' : first!, value, node, owner)
  const made = all.commonJs.exports[before]
  if (made !== undefined && made.name !== '=') for (const name of others) all.commonJs.exports.push({ ...made, name })
  return true
}
