import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { findPattern, type Match } from '../engine/pattern.ts'
import { INTRINSICS, type Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { functionOf } from '../syntax/functions.ts'
import * as K from '../syntax/kinds.ts'
import { bare, contains, isFunctionNode, isMember } from '../syntax/nodes.ts'

/*
 * Proof obligation. `f.apply(t, list)` may become `f(...list)` when
 *  - `list` is an array or `arguments`: spreading asks for an iterator, apply only for a length, and null or undefined
 *    give no arguments to the one and an error to the other; holes give undefined in both;
 *  - `f` gets the same `this`: it is read from `t` itself by plain names, or it does not look at its `this`;
 *  - `apply` is Function.prototype's own, as for every function that has no `apply` of its own.
 */

const isArguments = (node: ts.Expression): boolean => ts.isIdentifier(node) && node.text === 'arguments'

const ignoresThis = (node: ts.Node): boolean => {
  let found = false
  const visit = (each: ts.Node): void => {
    if (each !== node && isFunctionNode(each) && !ts.isArrowFunction(each)) return
    if (each.kind === ts.SyntaxKind.ThisKeyword || each.kind === ts.SyntaxKind.SuperKeyword) found = true
    ts.forEachChild(each, visit)
  }
  visit(node)
  return !found && !contains(node, (each) => ts.isIdentifier(each) && each.text === 'eval')
}

/** Names and chains of plain member reads can be written once instead of twice. */
const isChain = (node: ts.Expression): boolean =>
  ts.isIdentifier(node) ||
  node.kind === ts.SyntaxKind.ThisKeyword ||
  (ts.isPropertyAccessExpression(node) && isChain(node.expression))

const targetProblem = (called: ts.Expression, self: ts.Expression, file: FileContext): string | undefined => {
  const target = bare(called)
  if (ts.isIdentifier(target)) {
    const binding = file.scopes.bindingOf(target)
    const local = binding && functionOf(binding)
    return local && ignoresThis(local) ? undefined : 'the function may look at its this'
  }
  if (!ts.isPropertyAccessExpression(target)) return 'the function is not known'
  if (isMember(target, 'Math', target.name.text) && !file.scopes.root.bindings.has('Math')) return undefined
  const receiver = target.expression
  if (!isChain(receiver) || receiver.getText() !== self.getText()) return 'the function would get another this'
  return undefined
}

const convert = (
  { node, capture }: Match,
  file: FileContext,
): { problem: string } | { assumptions: readonly string[] } => {
  const list = capture('LIST')
  if (ts.isSpreadElement(list)) return { problem: 'the arguments of apply are spread themselves' }
  const problem = targetProblem(capture('FUNCTION'), capture('SELF'), file)
  if (problem) return { problem }
  const proof = isArguments(list) ? [] : file.proves(list, K.ARRAY)
  if (!proof) return { problem: 'the list may not be an array' }
  if (file.hasComment(startOf(node, file), node.end)) return { problem: 'a comment stands inside' }
  return { assumptions: proof }
}

export const spreadArguments: Recipe = {
  id: 'spread-arguments',
  title: 'apply to spread arguments',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    for (const match of findPattern(file, '$FUNCTION.apply($SELF, $LIST)')) {
      if (!ts.isCallExpression(match.node) || match.node.questionDotToken) continue
      if (file.capturedAt) {
        findings.refuse(match.node, `intrinsics are captured on purpose (${file.capturedAt})`)
        continue
      }
      const outcome = convert(match, file)
      if ('problem' in outcome) {
        findings.refuse(match.node, outcome.problem)
        continue
      }
      const called = match.capture('FUNCTION')
      const list = match.capture('LIST')
      findings.edit({
        at: match.node,
        title: 'apply becomes a call with spread arguments',
        reason: 'the list is an array, and the function gets the same this or does not look at it',
        changes: [{ start: called.end, end: startOf(list, file), text: '(...' }],
        assumptions: [...outcome.assumptions, INTRINSICS],
      })
    }
  },
}
