import ts from 'typescript'

import * as K from './kinds.ts'
import { bare, enclosingFunction, isMember, statementsOf, within } from './nodes.ts'
import { enclosingFunctionOfScope, type Binding } from './scopes.ts'

/**
 * The kinds that the tests around a use leave for a variable, `ANY` where nothing tests it. A test counts only when
 * nothing can write the variable between the test and the use: no write in the guarded code, none in any closure.
 */
export const narrowed = (use: ts.Identifier, binding: Binding, trustIntrinsics: boolean): K.Kinds => {
  const home = enclosingFunctionOfScope(binding.scope)
  const writes = binding.references.filter(({ write }) => write).map(({ identifier }) => identifier)
  if (writes.some((write) => enclosingFunction(write) !== home)) return K.ANY
  const isDeferredUse = enclosingFunction(use) !== home
  if (isDeferredUse && writes.length > 0) return K.ANY
  const guard = (test: ts.Expression, outcome: boolean): K.Kinds => tested(test, binding.name, outcome, trustIntrinsics)
  const isStable = (...regions: ts.Node[]): boolean =>
    !writes.some((write) => regions.some((region) => within(write, region)))
  const isStableAfter = (test: ts.Node, block: ts.Node): boolean =>
    !writes.some((write) => within(write, block) && write.pos >= test.pos)

  let kinds = K.ANY
  let from: ts.Node = use
  for (let at = use.parent as ts.Node | undefined; at !== undefined; from = at, at = at.parent) {
    if (within(binding.scope.node, at) && at !== binding.scope.node) break
    if (ts.isIfStatement(at)) {
      if (from === at.expression || !isStable(at.expression, from)) continue
      kinds &= guard(at.expression, from === at.thenStatement)
    } else if (ts.isConditionalExpression(at)) {
      if (from === at.condition || !isStable(at.condition, from)) continue
      kinds &= guard(at.condition, from === at.whenTrue)
    } else if (ts.isBinaryExpression(at) && from === at.right && isStable(at)) {
      if (at.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) kinds &= guard(at.left, true)
      if (at.operatorToken.kind === ts.SyntaxKind.BarBarToken) kinds &= guard(at.left, false)
    } else {
      const statements = statementsOf(at)
      // A function declaration is hoisted above the tests that stand before it.
      if (statements === undefined || ts.isFunctionDeclaration(from)) continue
      for (const test of guardsBefore(statements, from)) if (isStableAfter(test, at)) kinds &= guard(test, false)
    }
  }
  return kinds
}

/** The tests of `if (test) return`: what follows in the block runs only when they are false. */
const guardsBefore = (statements: readonly ts.Statement[], use: ts.Node): ts.Expression[] =>
  statements.flatMap((statement) =>
    statement.pos < use.pos &&
    ts.isIfStatement(statement) &&
    !statement.elseStatement &&
    leaves(statement.thenStatement)
      ? [statement.expression]
      : [],
  )

const leaves = (statement: ts.Statement): boolean => {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement
  return (
    last !== undefined &&
    (ts.isReturnStatement(last) ||
      ts.isThrowStatement(last) ||
      ts.isContinueStatement(last) ||
      ts.isBreakStatement(last))
  )
}

const isNamed = (node: ts.Expression, name: string): boolean => {
  const target = bare(node)
  return ts.isIdentifier(target) && target.text === name
}

/** The kinds left for a variable when a test came out true or false. */
const tested = (expression: ts.Expression, name: string, outcome: boolean, trust: boolean): K.Kinds => {
  const test = bare(expression)
  if (ts.isPrefixUnaryExpression(test) && test.operator === ts.SyntaxKind.ExclamationToken) {
    return tested(test.operand, name, !outcome, trust)
  }
  if (isNamed(test, name)) return outcome ? K.ANY & ~K.NULLISH : K.falsy(K.ANY)
  if (trust && ts.isCallExpression(test) && isArrayTest(test, name)) return outcome ? K.ARRAY : K.ANY & ~K.ARRAY
  if (!ts.isBinaryExpression(test)) return K.ANY
  const { kind } = test.operatorToken
  const both = ts.SyntaxKind.AmpersandAmpersandToken
  const either = ts.SyntaxKind.BarBarToken
  if (kind === both || kind === either) {
    const left = tested(test.left, name, outcome, trust)
    const right = tested(test.right, name, outcome, trust)
    return (kind === both) === outcome ? left & right : left | right
  }
  return equality(test, name, outcome)
}

const isArrayTest = (test: ts.CallExpression, name: string): boolean =>
  isMember(test.expression, 'Array', 'isArray') && test.arguments.length === 1 && isNamed(test.arguments[0]!, name)

const equality = (test: ts.BinaryExpression, name: string, outcome: boolean): K.Kinds => {
  const { kind } = test.operatorToken
  const isStrict = kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsEqualsToken
  const isLoose = kind === ts.SyntaxKind.EqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsToken
  if (!isStrict && !isLoose) return K.ANY
  const isNegative =
    kind === ts.SyntaxKind.ExclamationEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsToken
  const holds = outcome !== isNegative
  const left = bare(test.left)
  const right = bare(test.right)
  if (ts.isTypeOfExpression(left) && isNamed(left.expression, name) && ts.isStringLiteralLike(right)) {
    const kinds = K.kindsOfTypeof(right.text)
    return holds ? kinds : K.ANY & ~(right.text === 'object' ? K.NULL | K.ARRAY | K.REGEXP | K.OBJECT : kinds)
  }
  if (!isStrict || !isNamed(left, name)) return K.ANY
  if (right.kind === ts.SyntaxKind.NullKeyword) return holds ? K.NULL : K.ANY & ~K.NULL
  if (ts.isIdentifier(right) && right.text === 'undefined') return holds ? K.UNDEFINED : K.ANY & ~K.UNDEFINED
  return holds ? (K.literalKinds(right) ?? K.ANY) & K.PRIMITIVE || K.ANY : K.ANY
}
