import { bare, contains, isFunctionNode } from '@iama/codemod'
import ts from 'typescript'

/** `a = b`, as an expression. */
export const isChain = (node: ts.Expression): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken

/** The value of `a = b = value`. */
export const assigned = (expression: ts.Expression): ts.Expression => {
  const value = bare(expression)
  return isChain(value) ? assigned(value.right) : value
}

/** What a name becomes by its value. */
export const kindOfValue = (expression: ts.Expression | undefined): 'function' | 'class' | 'variable' => {
  const value = expression && assigned(expression)
  if (value === undefined) return 'variable'
  if (isFunctionNode(value)) return 'function'
  return ts.isClassExpression(value) ? 'class' : 'variable'
}

/** Whether an expression calls anything while it is evaluated. */
export const doesSomething = (expression: ts.Expression): boolean => {
  const value = assigned(expression)
  if (isFunctionNode(value)) return false
  return contains(
    value,
    (node) =>
      ts.isCallExpression(node) ||
      ts.isNewExpression(node) ||
      ts.isTaggedTemplateExpression(node) ||
      ts.isJsxOpeningLikeElement(node),
    { intoFunctions: false },
  )
}

/** The name of a member that is written out; nothing for computed ones. */
export const memberName = (name: ts.PropertyName): string | undefined =>
  ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name) || ts.isPrivateIdentifier(name)
    ? name.text
    : undefined
