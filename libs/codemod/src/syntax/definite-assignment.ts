import ts from 'typescript'

import { contains, isFunctionNode } from './nodes.ts'
import type { Binding, ScopeTree } from './scopes.ts'

const S = ts.SyntaxKind

const isLogical = (kind: ts.SyntaxKind): boolean =>
  kind === S.AmpersandAmpersandToken || kind === S.BarBarToken || kind === S.QuestionQuestionToken

/**
 * Whether a block gives a variable a value, on every way, before it reads it. Ways that leave early count as ways on
 * which everything later holds. Loops, switch and try promise nothing to what follows them.
 */
export const isAssignedBeforeUse = (block: ts.Node, binding: Binding, scopes: ScopeTree): boolean => {
  let early = false
  const isUse = (node: ts.Node): node is ts.Identifier => ts.isIdentifier(node) && scopes.bindingOf(node) === binding
  const read = (node: ts.Identifier, assigned: boolean): void => {
    if (!assigned && scopes.referenceOf(node)?.read) early = true
  }

  /** Runs through a node with what is known before it; answers what is known after it. */
  const run = (node: ts.Node | undefined, assigned: boolean): boolean => {
    if (node === undefined) return assigned
    if (isUse(node)) {
      read(node, assigned)
      return assigned
    }
    if (isFunctionNode(node)) {
      if (!assigned && contains(node, isUse)) early = true
      return assigned
    }
    if (ts.isBinaryExpression(node)) return runBinary(node, assigned)
    if (ts.isIfStatement(node)) return runBranches(node.expression, node.thenStatement, node.elseStatement, assigned)
    if (ts.isConditionalExpression(node)) return runBranches(node.condition, node.whenTrue, node.whenFalse, assigned)
    if (ts.isForStatement(node)) return runFor(node, assigned)
    if (ts.isWhileStatement(node)) {
      const tested = run(node.expression, assigned)
      run(node.statement, tested)
      return tested
    }
    if (ts.isForInStatement(node) || ts.isForOfStatement(node)) {
      const evaluated = run(node.expression, assigned)
      run(node.statement, evaluated || isUse(node.initializer))
      return evaluated
    }
    if (promisesNothing(node)) {
      runParts(node, assigned)
      return assigned
    }
    const after = runChildren(node, assigned)
    return leaves(node) || after
  }

  const runChildren = (node: ts.Node, assigned: boolean): boolean => {
    let state = assigned
    ts.forEachChild(node, (child) => {
      state = run(child, state)
    })
    return state
  }

  /** The parts of a switch, try, do, pattern or optional chain: each may be reached without the others. */
  const runParts = (node: ts.Node, assigned: boolean): void =>
    ts.forEachChild(node, (child) => {
      if (ts.isCaseBlock(child)) for (const clause of child.clauses) run(clause, assigned)
      else run(child, assigned)
    })

  const runBinary = (node: ts.BinaryExpression, assigned: boolean): boolean => {
    const { kind } = node.operatorToken
    if (kind === S.EqualsToken && isUse(node.left)) {
      run(node.right, assigned)
      return true
    }
    const left = run(node.left, assigned)
    const right = run(node.right, left)
    const mayBeSkipped = isLogical(kind) || (kind >= S.BarBarEqualsToken && kind <= S.QuestionQuestionEqualsToken)
    return mayBeSkipped ? left : right
  }

  const runBranches = (test: ts.Node, one: ts.Node, other: ts.Node | undefined, assigned: boolean): boolean => {
    const tested = run(test, assigned)
    const after = run(one, tested)
    return run(other, tested) && after
  }

  const runFor = (node: ts.ForStatement, assigned: boolean): boolean => {
    const tested = run(node.condition, run(node.initializer, assigned))
    run(node.statement, tested)
    run(node.incrementor, tested)
    return tested
  }

  run(block, false)
  return !early
}

const promisesNothing = (node: ts.Node): boolean =>
  ts.isOptionalChain(node) ||
  ts.isBindingElement(node) ||
  ts.isArrayLiteralExpression(node) ||
  ts.isObjectLiteralExpression(node) ||
  ts.isSwitchStatement(node) ||
  ts.isTryStatement(node) ||
  ts.isDoStatement(node) ||
  ts.isLabeledStatement(node)

const leaves = (node: ts.Node): boolean =>
  ts.isReturnStatement(node) || ts.isThrowStatement(node) || ts.isBreakOrContinueStatement(node)
