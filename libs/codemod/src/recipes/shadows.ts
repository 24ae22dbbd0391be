import ts from 'typescript'

import { bindingHolding } from '../syntax/functions.ts'
import { bare, enclosingFunction, isFunctionNode, isLoop, outer, within, type FunctionNode } from '../syntax/nodes.ts'
import {
  enclosingFunctionOfScope,
  type Binding,
  type Declaration,
  type Scope,
  type ScopeTree,
} from '../syntax/scopes.ts'
import { isVariable } from './renamable.ts'

/*
 * Which of the variables that hide another one are worth a change: where a reader meets both names in one function. The
 * outer variable is one of a function around the inner one (not of the module, nor of a function that only wraps it),
 * declared before it and in a block around it; or both stand in the code of the module itself, the inner one in a block.
 * Left alone is what people write on purpose:
 *  - names that say what they are wherever they stand: errors, callbacks, `self`, one or two letters, a leading `_`,
 *    and what handlers and reducers are given by custom (`req`, `event`, `acc`);
 *  - a parameter that JSDoc explains, which is how its function is known;
 *  - a parameter whose function is handed something of that name by a call in sight, `(function (root) {})(root)`;
 *  - the limit and the index of a loop, `len` and `index`;
 *  - a variable in the value of the outer one: `const user = users.find((user) => user.id === id)`;
 *  - one that is never used, one that is `this`, and classes, imports and types.
 */

const idioms = new Set([
  ...['len', 'length', 'idx', 'index', 'pos'],
  ...['err', 'error', 'exc', 'exception', 'reason', 'cause'],
  ...['callback', 'next', 'done', 'resolve', 'reject', 'self', 'that'],
])

/** What a parameter is called by custom. */
const roles = new Set(['req', 'res', 'request', 'response', 'ctx', 'context', 'event', 'acc', 'prev', 'args', 'props'])

/** A name that a person would tell from others: at least three letters, small at the start. */
const isTelling = ({ name, declarations }: Binding): boolean =>
  /^[a-z][A-Za-z0-9_]{2,}$/.test(name) &&
  !idioms.has(name) &&
  !(roles.has(name) && declarations.some(({ kind }) => kind === 'parameter'))

const holdsThis = ({ declarations }: Binding): boolean =>
  declarations.some(
    ({ node }) => ts.isVariableDeclaration(node) && node.initializer?.kind === ts.SyntaxKind.ThisKeyword,
  )

const isExplained = ({ declarations }: Binding): boolean =>
  declarations.some(({ node }) => ts.isParameter(node) && ts.getJSDocParameterTags(node).length > 0)

/** Every variable of the same name that a binding hides. */
const hiddenBy = ({ name, scope }: Binding): Binding[] => {
  const found: Binding[] = []
  for (let at: Scope | undefined = scope.parent; at !== undefined; at = at.parent) {
    const other = at.bindings.get(name)
    if (other && isVariable(other)) found.push(other)
  }
  return found
}

/** A function that only makes a module of its file: called on the spot, handed to `define`, or to one called so. */
const isWrapper = (node: FunctionNode): boolean => {
  if (enclosingFunction(node)) return false
  const call = outer(node)
  if (!ts.isCallExpression(call)) return false
  const callee = bare(call.expression)
  return callee === node || isFunctionNode(callee) || (ts.isIdentifier(callee) && callee.text === 'define')
}

/** The function that a variable belongs to; undefined for the module, wrapped or not. */
const homeOf = ({ scope }: Binding): FunctionNode | undefined => {
  const home = enclosingFunctionOfScope(scope)
  return home && isFunctionNode(home) && !isWrapper(home) ? home : undefined
}

/** The block that a declaration stands in, also that of a `var`. */
const blockOf = ({ node }: Declaration): ts.Node => {
  let at = node.parent
  while (!ts.isSourceFile(at) && !ts.isBlock(at) && !isLoop(at) && !isFunctionNode(at) && !ts.isCatchClause(at))
    at = at.parent
  return at
}

const stands = (inner: Binding, at: Declaration): boolean => {
  const [first] = inner.declarations
  const isBefore = at.kind === 'function' || at.identifier.pos < first!.identifier.pos
  return isBefore && within(first!.node, blockOf(at))
}

const meet = (inner: Binding, hidden: Binding): boolean => {
  const isBlock = inner.scope.kind === 'block' || inner.scope.kind === 'catch'
  const shareCode = homeOf(hidden) !== undefined || (homeOf(inner) === undefined && isBlock)
  return shareCode && hidden.declarations.some((each) => stands(inner, each))
}

const isCalled = (value: ts.Expression, name: string): boolean =>
  (ts.isIdentifier(value) && value.text === name) || (ts.isPropertyAccessExpression(value) && value.name.text === name)

/** Whether a call takes a variable or property of a name: in one place, or in any. */
const takes = (call: ts.Node, name: string, place?: number): boolean =>
  (ts.isCallExpression(call) || ts.isNewExpression(call)) &&
  (call.arguments ?? []).some((each, at) => (place ?? at) === at && isCalled(bare(each), name))

/** Whether a call hands something of its name to a parameter, or takes both it and the callback. */
const isHandedOn = ({ name, declarations }: Binding, scopes: ScopeTree): boolean =>
  declarations.some(({ node }) => {
    if (!ts.isParameter(node) || !isFunctionNode(node.parent)) return false
    const owner = node.parent
    const place = owner.parameters.indexOf(node)
    const around = outer(owner)
    if (ts.isCallExpression(around)) return takes(around, name, bare(around.expression) === owner ? place : undefined)
    const uses = bindingHolding(owner, scopes)?.references ?? []
    return uses.some(({ identifier }) => takes(outer(identifier), name, place))
  })

/** `const user = users.find((user) => ...)`: the outer variable has no value yet. */
const isInValueOf = (inner: Binding, hidden: Binding): boolean =>
  hidden.declarations.some(
    ({ node }) =>
      ts.isVariableDeclaration(node) && inner.declarations.every(({ identifier }) => within(identifier, node)),
  )

/** Whether a variable hides another one where a reader would take one for the other. */
export const isConfusing = (inner: Binding, scopes: ScopeTree): boolean =>
  isTelling(inner) &&
  isVariable(inner) &&
  inner.references.length > 0 &&
  !holdsThis(inner) &&
  !isExplained(inner) &&
  hiddenBy(inner).some((each) => meet(inner, each) && !isInValueOf(inner, each)) &&
  !isHandedOn(inner, scopes)
