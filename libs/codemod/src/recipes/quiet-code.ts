import ts from 'typescript'

import { isInert } from '../syntax/effects.ts'
import { bare, contains, isFunctionNode } from '../syntax/nodes.ts'
import type { Binding, ScopeTree } from '../syntax/scopes.ts'

const quietClasses = /^(Set|Map|WeakSet|WeakMap)$/
const quietCalls = /^(Object\.freeze|Symbol)$/

/** The value of a constant that is declared once. */
const valueOf = (binding: Binding | undefined): ts.Expression | undefined => {
  const [sole, more] = binding?.declarations ?? []
  if (!sole || more || sole.kind !== 'const' || !ts.isVariableDeclaration(sole.node)) return undefined
  return sole.node.initializer
}

/** Sums of numbers and texts that are written out: nothing is converted that could be noticed. */
const isArithmetic = (expression: ts.Expression, scopes: ScopeTree, depth = 0): boolean => {
  const node = bare(expression)
  if (ts.isNumericLiteral(node) || ts.isStringLiteral(node)) return true
  if (ts.isIdentifier(node)) {
    const value = depth < 10 ? valueOf(scopes.bindingOf(node)) : undefined
    return value !== undefined && isArithmetic(value, scopes, depth + 1)
  }
  if (ts.isPrefixUnaryExpression(node)) return ts.isNumericLiteral(node.operand)
  if (!ts.isBinaryExpression(node)) return false
  const { kind } = node.operatorToken
  const isOperator = kind >= ts.SyntaxKind.PlusToken && kind <= ts.SyntaxKind.CaretToken
  return isOperator && isArithmetic(node.left, scopes, depth) && isArithmetic(node.right, scopes, depth)
}

/** `new Set([1, 2])`, `Object.freeze({ a: 1 })`: the engine's own, given what is inert. */
const isQuietCall = (node: ts.Expression, scopes: ScopeTree): boolean => {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false
  const callee = bare(node.expression)
  const root = ts.isPropertyAccessExpression(callee) ? bare(callee.expression) : callee
  if (!ts.isIdentifier(root) || scopes.bindingOf(root) !== undefined) return false
  const known = ts.isNewExpression(node) ? quietClasses : quietCalls
  return known.test(callee.getText()) && (node.arguments ?? []).every((each) => isInert(each, scopes))
}

/**
 * Whether a value can be made earlier or later without anybody noticing. `trusting` where it is so only while the
 * engine's own functions are what they were.
 */
export const quietValue = (expression: ts.Expression, scopes: ScopeTree): 'quiet' | 'trusting' | undefined => {
  if (isInert(expression, scopes) || isArithmetic(expression, scopes)) return 'quiet'
  return isQuietCall(bare(expression), scopes) ? 'trusting' : undefined
}

const hasModifier = (node: ts.Node, kind: ts.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((each) => each.kind === kind) ?? false)

/** The engine's own errors, and classes of the file that are never written. */
const isKnownClass = (base: ts.Expression, scopes: ScopeTree): boolean => {
  if (!ts.isIdentifier(base)) return false
  const binding = scopes.bindingOf(base)
  if (binding === undefined) return /^(Aggregate|Eval|Range|Reference|Syntax|Type|URI)?Error$/.test(base.text)
  return binding.declarations.every(({ kind }) => kind === 'class') && !binding.references.some(({ write }) => write)
}

/** A class that runs nothing when it is declared: no static code, decorators, computed names; errors may be extended. */
export const isQuietClass = (node: ts.ClassDeclaration, scopes: ScopeTree): boolean => {
  const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression
  if ((base && !isKnownClass(base, scopes)) || (ts.getDecorators(node)?.length ?? 0) > 0) return false
  return node.members.every((member) => {
    if (member.name && ts.isComputedPropertyName(member.name)) return false
    if (ts.isClassStaticBlockDeclaration(member)) return false
    if (ts.canHaveDecorators(member) && (ts.getDecorators(member)?.length ?? 0) > 0) return false
    const isStaticValue = ts.isPropertyDeclaration(member) && hasModifier(member, ts.SyntaxKind.StaticKeyword)
    if (isStaticValue && member.initializer) return isInert(member.initializer, scopes)
    return !(isFunctionNode(member) && member.parameters.some((each) => ts.getDecorators(each)?.length))
  })
}

/** Whether a statement at the top of a module does nothing but declare. */
export const isQuietStatement = (node: ts.Statement, scopes: ScopeTree): boolean => {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isFunctionDeclaration(node)) return true
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true
  if (hasModifier(node, ts.SyntaxKind.DeclareKeyword) || node.kind === ts.SyntaxKind.EmptyStatement) return true
  if (ts.isClassDeclaration(node)) return isQuietClass(node, scopes)
  if (ts.isExportAssignment(node)) return isInert(node.expression, scopes)
  if (!ts.isVariableStatement(node)) return false
  return node.declarationList.declarations.every(
    ({ name, initializer }) => ts.isIdentifier(name) && (!initializer || quietValue(initializer, scopes) !== undefined),
  )
}

/** Whether a value is made of a name that has its own value only further down. */
export const isMadeOfLater = (statement: ts.Statement, scopes: ScopeTree): boolean =>
  contains(
    statement,
    (node) => {
      const binding = ts.isIdentifier(node) ? scopes.referenceOf(node)?.binding : undefined
      return (
        binding?.scope === scopes.root &&
        binding.declarations.some(({ kind, identifier }) => kind !== 'function' && identifier.pos > statement.end)
      )
    },
    { intoFunctions: false },
  )
