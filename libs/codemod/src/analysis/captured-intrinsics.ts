import ts from 'typescript'

import type { SourceUnit } from '../source-unit.ts'
import { Inference } from '../syntax/infer.ts'
import { ARRAY, REGEXP, STRING, type Kinds } from '../syntax/kinds.ts'
import { bare, isMember, walk } from '../syntax/nodes.ts'
import type { ScopeTree } from '../syntax/scopes.ts'

const constructors = new Set(
  'Object Array String Number Boolean Symbol BigInt RegExp Date Map Set WeakMap WeakSet WeakRef Promise Function Error'.split(
    ' ',
  ),
)
const namespaces = new Set(['Math', 'JSON', 'Reflect', 'Object'])
const captureModules =
  /^(call-bind|call-bound|get-intrinsic|es-define-property|es-errors|es-object-atoms|side-channel|internal-slot|safe-array-concat|array\.prototype\.|string\.prototype\.|object\.|has-symbols|uncurry-this)/
/** Written by people who take everything first, but what they give is a map and an answer, not functions of the engine. */
const harmlessModules = /^(side-channel|has-symbols)/

const isGlobalName = (node: ts.Expression, names: ReadonlySet<string>, scopes: ScopeTree): boolean =>
  ts.isIdentifier(node) && names.has(node.text) && scopes.bindingOf(node) === undefined

/** `Array.prototype.slice`, `[].slice`, `Math.floor`: a function of the engine, taken and not called. */
const isIntrinsicFunction = (expression: ts.Expression, scopes: ScopeTree): boolean => {
  const node = bare(expression)
  if (ts.isBinaryExpression(node)) {
    return isIntrinsicFunction(node.left, scopes) || isIntrinsicFunction(node.right, scopes)
  }
  if (ts.isConditionalExpression(node)) {
    return isIntrinsicFunction(node.whenTrue, scopes) || isIntrinsicFunction(node.whenFalse, scopes)
  }
  if (!ts.isPropertyAccessExpression(node)) return false
  const holder = bare(node.expression)
  if (ts.isPropertyAccessExpression(holder) && holder.name.text === 'prototype') {
    return isGlobalName(holder.expression, constructors, scopes)
  }
  const isEmptyLiteral =
    (ts.isArrayLiteralExpression(holder) && holder.elements.length === 0) ||
    (ts.isObjectLiteralExpression(holder) && holder.properties.length === 0)
  if (isEmptyLiteral && /^[a-z]/.test(node.name.text)) return true
  return isGlobalName(holder, namespaces, scopes) && /^[a-z]/.test(node.name.text) && node.name.text !== 'prototype'
}

/** Where a file takes functions of the engine, and what that says about the file. */
export interface Captures {
  /** The first place: what the file takes may not be replaced by what is looked up when it is called. */
  readonly at: string | undefined
  /**
   * The place that shows that the file does so as not to depend on what others do to intrinsics later: the assumption
   * that they stay as they are is withdrawn altogether. Taking one or two methods because their receivers may
   * not have them (`hasOwnProperty`, `slice` for `arguments`) or to write less does not show that.
   */
  readonly protectedAt: string | undefined
}

/** As many methods of texts, lists, dates ... taken in one file are no accident. */
const MANY = 3

export const capturesOf = ({ file, source, path, scopes }: SourceUnit): Captures => {
  const certain = new Inference({ scopes, trustIntrinsics: false })
  const taken: ts.VariableDeclaration[] = []
  let at: ts.Node | undefined
  let guarded: ts.Node | undefined
  walk(file, (node) => {
    const isTaken = ts.isVariableDeclaration(node) && node.initializer && isIntrinsicFunction(node.initializer, scopes)
    const isGuard =
      moduleIn(node, (name) => captureModules.test(name) && !harmlessModules.test(name)) ||
      (ts.isCallExpression(node) && node.arguments.length === 1 && isBoundCall(node, scopes))
    if (isTaken) taken.push(node)
    if (isTaken || isGuard || moduleIn(node, (name) => captureModules.test(name))) at ??= node
    if (isGuard || (isTaken && isNeedless(node, scopes, certain))) guarded ??= node
  })
  const others = taken.filter(({ initializer }) => !isIdiom(bare(initializer!)))
  guarded ??= others[MANY - 1]
  const placeOf = (node: ts.Node | undefined) => node && `${path}:${source.lineOf(node.getStart())}`
  return { at: placeOf(at), protectedAt: placeOf(guarded) }
}

/** `Object.prototype.hasOwnProperty` and its like, which objects may lack. */
const isIdiom = (node: ts.Expression): boolean => /^(Object\.prototype|\(?\{\}\)?)\.\w+/.test(node.getText())

/** The one kind of value that surely has the methods of a prototype. */
const kindOfHolder: Readonly<Record<string, Kinds>> = { Array: ARRAY, String: STRING, RegExp: REGEXP }

/**
 * A method that is called, by `call`, on a value that has it anyway: only distrust explains that. `apply` spreads a
 * list as well, for which a short name is reason enough.
 */
const isNeedless = (node: ts.VariableDeclaration, scopes: ScopeTree, certain: Inference): boolean => {
  const binding = ts.isIdentifier(node.name) ? scopes.declaredBy(node.name) : undefined
  const method = bare(node.initializer!)
  if (!binding || !ts.isPropertyAccessExpression(method)) return false
  const holder = bare(method.expression)
  const isList = ts.isArrayLiteralExpression(holder)
  const kind = ts.isPropertyAccessExpression(holder) ? kindOfHolder[holder.expression.getText()] : isList ? ARRAY : 0
  if (!kind) return false
  return binding.references.some(({ identifier }) => {
    const access = identifier.parent
    if (!ts.isPropertyAccessExpression(access) || access.expression !== identifier) return false
    const call = access.parent
    if (access.name.text !== 'call' || !ts.isCallExpression(call) || call.expression !== access) return false
    const [receiver] = call.arguments
    return receiver !== undefined && !ts.isSpreadElement(receiver) && certain.isOnly(receiver, kind)
  })
}

/** Whether a node loads a module whose name passes. */
const moduleIn = (node: ts.Node, passes: (name: string) => boolean): boolean => {
  if (ts.isImportDeclaration(node)) return ts.isStringLiteral(node.moduleSpecifier) && passes(node.moduleSpecifier.text)
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return false
  const [specifier] = node.arguments
  return (
    node.expression.text === 'require' &&
    specifier !== undefined &&
    ts.isStringLiteral(specifier) &&
    passes(specifier.text)
  )
}

/** `Function.call.bind(Array.prototype.slice)`. */
const isBoundCall = (node: ts.CallExpression, scopes: ScopeTree): boolean =>
  ts.isPropertyAccessExpression(node.expression) &&
  node.expression.name.text === 'bind' &&
  (isMember(bare(node.expression.expression), 'Function', 'call') ||
    node.expression.expression.getText() === 'Function.prototype.call') &&
  isIntrinsicFunction(node.arguments[0]!, scopes)
