import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change, Findings, Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { neverCompletes } from '../syntax/control-flow.ts'
import { isInert } from '../syntax/effects.ts'
import { callsOf, functionOf } from '../syntax/functions.ts'
import { bare, contains, enclosingFunction, isLoop, walk, type FunctionNode } from '../syntax/nodes.ts'
import { changesOf, givenBy } from './awaited-layout.ts'
import {
  chainOf,
  handlerProblem,
  handlersOf,
  insideOf,
  isAsyncFunction,
  isLastOf,
  nameClash,
  returnsOf,
  type Chain,
  type Handler,
} from './promise-chains.ts'

/*
 * Rests on sessions. `return p.then((v) => { ... })` may become `const v = await p; ...`, and `.catch((e) => { ... })` at
 * the end of such a chain a try around it. Shown from the text:
 *  - the function is async already; or nothing but calls in sight hold it, it can only end in the chain, and nothing that
 *    comes before can throw, for an async function would reject where it threw;
 *  - each handler stands there, takes one plain parameter, and looks at nothing of its own call;
 *  - no name of a handler means anything else in the function or in another handler;
 *  - what the handler does last, the function does last; no try, loop or `using` around sees it come later than before;
 *  - with a catch: what the promise comes from cannot throw on its own, which the catch would take for a rejection.
 * Left to the sessions: the number of turns that a value takes; that what `then` is called on is a promise, and a promise
 * as others make them; in a chain, what each handler gives to the next.
 */

type Problem = string | undefined

/** Whether making a promise cannot throw: an async function that is called with what is there, or the engine's own. */
const isQuietPromise = (node: ts.Expression, file: FileContext): boolean => {
  const call = bare(node)
  if (ts.isIdentifier(call)) return isInert(call, file.scopes)
  if (!ts.isCallExpression(call) || call.questionDotToken) return false
  if (!call.arguments.every((each) => !ts.isSpreadElement(each) && isInert(each, file.scopes))) return false
  const callee = bare(call.expression)
  if (!ts.isIdentifier(callee)) return /^Promise\.(resolve|reject)$/.test(callee.getText()) && isGlobal('Promise', file)
  const binding = file.scopes.bindingOf(callee)
  const target = binding && functionOf(binding)
  return target !== undefined && ts.isFunctionDeclaration(target) && isAsyncFunction(target)
}

const isGlobal = (name: string, { scopes, capturedAt }: FileContext): boolean =>
  scopes.globals.has(name) && !scopes.bindings.some((each) => each.name === name) && capturedAt === undefined

const isUsing = (node: ts.Node): boolean =>
  ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) !== 0

const placeProblem = (
  { statement, receiver, thens, caught }: Chain,
  home: FunctionNode,
  file: FileContext,
): Problem => {
  if (!ts.isBlock(statement.parent)) return 'the return stands in no block'
  if (insideOf(statement, home, ts.isTryStatement)) return 'a try around it would see it'
  if (insideOf(statement, home, isLoop)) return 'a loop around it would end later'
  if (home.body && contains(home.body, isUsing, { intoFunctions: false })) return 'what is used would be disposed later'
  const lasts = [thens.at(-1), caught].filter((each) => each !== undefined)
  const mayFallThrough = lasts.some(({ body }) => ts.isBlock(body) && !body.statements.some(neverCompletes))
  if (mayFallThrough && !isLastOf(statement, home)) return 'a handler may end without a return, and code follows'
  return caught && !isQuietPromise(receiver, file)
    ? 'the catch would also see what throws before there is a promise'
    : undefined
}

/** Every handler but the last gives what its last statement returns, and returns nowhere else. */
const linkProblem = (handler: Handler): Problem => {
  if (!givenBy(handler)) return 'a handler gives nothing to the next one'
  return ts.isBlock(handler.body) && returnsOf(handler).length > 1
    ? 'a handler that is not the last returns early'
    : undefined
}

const isEmpty = ({ body }: Handler): boolean => ts.isBlock(body) && body.statements.length === 0

const chainProblem = (chain: Chain, home: FunctionNode, file: FileContext): Problem => {
  const handlers = handlersOf(chain)
  const own = handlers.map(handlerProblem).find((each) => each !== undefined)
  if (own) return own
  if (handlers.some(isEmpty)) return 'a handler is empty'
  if (file.scopes.scopeOf(home)?.dynamic) return 'eval or with can see the names'
  if (chain.caught?.parameters.some(({ type }) => type)) return 'a handler has types'
  const link = chain.thens
    .slice(0, -1)
    .map(linkProblem)
    .find((each) => each !== undefined)
  if (link) return link
  const clash = nameClash(chain, home, file)
  return clash ? `${clash} means something else in the function around` : placeProblem(chain, home, file)
}

/** Nothing before the chain can throw or leave: declarations of functions and of variables with quiet values. */
const isQuietStart = (node: ts.Statement, file: FileContext): boolean =>
  ts.isFunctionDeclaration(node) ||
  (ts.isVariableStatement(node) &&
    node.declarationList.declarations.every(
      ({ name, initializer }) => ts.isIdentifier(name) && (!initializer || isInert(initializer, file.scopes)),
    ))

/** Why a function cannot be made async without its callers noticing. */
const asyncProblem = (chain: Chain, home: FunctionNode, file: FileContext): Problem => {
  const isPlain = ts.isFunctionDeclaration(home) || ts.isFunctionExpression(home) || ts.isArrowFunction(home)
  if (!isPlain || home.asteriskToken || !home.body || !ts.isBlock(home.body)) return 'the function is not async'
  if (!callsOf(home, file.scopes)) return 'the function is not async, and others can see what it is'
  if (home.type) return 'the function is not async, and has types'
  if (home.parameters.some(({ name, initializer }) => !ts.isIdentifier(name) || initializer))
    return 'the function is not async, and its parameters may throw'
  if (contains(home, (node) => ts.isIdentifier(node) && node.text === 'await')) return 'await is a name in the function'
  if (chain.statement.parent !== home.body || returnsOf(home).length > 1)
    return 'the function is not async, and does not always return the promise'
  const before = home.body.statements.slice(0, -1)
  if (home.body.statements.at(-1) !== chain.statement || !before.every((each) => isQuietStart(each, file)))
    return 'the function is not async, and may throw before there is a promise'
  return isQuietPromise(chain.receiver, file) && !ts.isIdentifier(chain.receiver)
    ? undefined
    : 'the function is not async, and may throw before there is a promise'
}

const convert = (statement: ts.ReturnStatement, file: FileContext, findings: Findings): void => {
  const chain = chainOf(statement)
  const home = enclosingFunction(statement)
  if (!chain || !home || home.asteriskToken) return
  if (typeof chain === 'string') return findings.refuse(statement, chain)
  const isAsync = isAsyncFunction(home)
  const problem = (isAsync ? undefined : asyncProblem(chain, home, file)) ?? chainProblem(chain, home, file)
  if (problem) return findings.refuse(statement, problem)
  const changes = changesOf(chain, file)
  if (typeof changes === 'string') return findings.refuse(statement, changes)
  const start = startOf(home, file)
  const made: Change[] = isAsync ? [] : [{ start, end: start, text: 'async ' }]
  findings.edit({
    at: statement,
    title: 'a promise chain becomes await',
    reason: 'the function ends in the chain, and nothing in it means something else outside of its handlers',
    changes: [...made, ...changes],
    places: handlersOf(chain).map(({ body }) => body),
    ...(chain.caught && chain.caught.parameters.length === 0 ? { need: { ecmaVersion: 2019 } } : {}),
  })
}

export const asyncFunctions: Recipe = {
  id: 'async-functions',
  title: 'promise chains to await',
  family: 'modernize',
  need: { ecmaVersion: 2017 },
  rests: 'sessions',
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isReturnStatement(node)) convert(node, file, findings)
    })
  },
}
