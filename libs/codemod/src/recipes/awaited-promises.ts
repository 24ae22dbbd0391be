import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { functionOf } from '../syntax/functions.ts'
import { contains, enclosingFunction, isLoop, walk, type FunctionNode } from '../syntax/nodes.ts'
import { isAsyncFunction } from './promise-chains.ts'

/*
 * Rests on sessions. In an async function, a statement that only calls an async function of the file, whose promise
 * nobody takes, may become `await f()`: what it throws is then no longer lost. Shown from the text:
 *  - the name always means that function; it is `async`, and no generator, which would only begin when asked;
 *  - the statement stands in the function itself or in blocks and ifs of it: in a loop the calls would no longer run side
 *    by side, a try would catch what it does not today;
 *  - the called function neither comes back to the waiting one, nor runs for ever, as far as the text tells;
 *  - nothing says that the promise is meant to be left: `void f()`, or a comment.
 * Left to the sessions: what runs while the call waits, and what comes after it, in which order; what becomes of an error.
 */

/** Whether a statement is one of a function's own: nothing but blocks and ifs around it. */
const isOwn = ({ parent }: ts.Node, home: FunctionNode): boolean => {
  if (parent === home.body) return true
  return (ts.isBlock(parent) || ts.isIfStatement(parent)) && isOwn(parent, home)
}

/** Whether running a function may come to another one, by the functions of the file that it mentions. */
const mayReach = (
  from: FunctionNode,
  wanted: FunctionNode,
  file: FileContext,
  seen = new Set<FunctionNode>(),
): boolean => {
  if (from === wanted) return true
  if (seen.has(from)) return false
  seen.add(from)
  return contains(from, (node) => {
    const binding = ts.isIdentifier(node) ? file.scopes.bindingOf(node) : undefined
    const target = binding && functionOf(binding)
    return node === wanted || (target !== undefined && mayReach(target, wanted, file, seen))
  })
}

/** `while (true)`, `for (;;)`: a loop that its own test does not end. */
const isEndless = (node: ts.Node): boolean => {
  if (!isLoop(node) || ts.isForInStatement(node) || ts.isForOfStatement(node)) return false
  const test = ts.isForStatement(node) ? node.condition : node.expression
  return test === undefined || test.kind === ts.SyntaxKind.TrueKeyword || /^[1-9]\d*$/.test(test.getText())
}

const meant = /void|float|fire|forget|background|a?wait|parallel|later/i

/** Whether a comment right before a statement, or after it on its line, says that nobody waits. */
const isMeant = (node: ts.Statement, { text }: FileContext): boolean =>
  [...(ts.getLeadingCommentRanges(text, node.pos) ?? []), ...(ts.getTrailingCommentRanges(text, node.end) ?? [])].some(
    ({ pos, end }) => meant.test(text.slice(pos, end)),
  )

const convert = (node: ts.ExpressionStatement, file: FileContext, findings: Findings): void => {
  const call = node.expression
  const home = enclosingFunction(node)
  if (!home || !isAsyncFunction(home) || !ts.isCallExpression(call) || !ts.isIdentifier(call.expression)) return
  const binding = file.scopes.bindingOf(call.expression)
  const target = binding && functionOf(binding)
  if (!target?.body || !isAsyncFunction(target) || call.questionDotToken) return
  const name = call.expression.text
  if (isMeant(node, file)) return findings.refuse(node, `a comment says that nobody waits for ${name}`)
  if (!isOwn(node, home)) return findings.refuse(node, `a loop, try or switch around it would wait for ${name}`)
  if (mayReach(target, home, file)) return findings.refuse(node, `${name} comes back to the function that would wait`)
  if (contains(target.body, isEndless)) return findings.refuse(node, `${name} may run for ever`)
  const start = startOf(node, file)
  findings.edit({
    at: node,
    title: `${name} is waited for`,
    reason: 'its promise was taken by nobody, so that its errors were lost',
    changes: [{ start, end: start, text: 'await ' }],
    places: [node, target.body],
  })
}

export const awaitedPromises: Recipe = {
  id: 'awaited-promises',
  title: 'calls whose promise nobody takes to await',
  family: 'safety',
  need: { ecmaVersion: 2017 },
  rests: 'sessions',
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isExpressionStatement(node)) convert(node, file, findings)
    })
  },
}
