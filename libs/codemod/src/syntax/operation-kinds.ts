import ts from 'typescript'

import { arrayMethods, numberMethods, regexpMethods, stringMethods } from './intrinsic-kinds.ts'
import * as K from './kinds.ts'

/** What an operator between two values gives. */
export const kindsOfBinary = (node: ts.BinaryExpression, kindsOf: (each: ts.Expression) => K.Kinds): K.Kinds => {
  const left = () => kindsOf(node.left)
  const right = () => kindsOf(node.right)
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.EqualsToken:
    case ts.SyntaxKind.CommaToken:
      return right()
    case ts.SyntaxKind.PlusToken:
    case ts.SyntaxKind.PlusEqualsToken:
      return K.added(left(), right())
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.BarBarEqualsToken:
      return K.truthy(left()) | right()
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.AmpersandAmpersandEqualsToken:
      return K.falsy(left()) | right()
    case ts.SyntaxKind.QuestionQuestionToken:
    case ts.SyntaxKind.QuestionQuestionEqualsToken:
      return (left() & ~K.NULLISH) | right()
    case ts.SyntaxKind.InKeyword:
    case ts.SyntaxKind.InstanceOfKeyword:
      return K.BOOLEAN
    default:
      return isComparison(node.operatorToken.kind) ? K.BOOLEAN : K.arithmetic(left(), right())
  }
}

const isComparison = (kind: ts.SyntaxKind): boolean =>
  (kind >= ts.SyntaxKind.LessThanToken && kind <= ts.SyntaxKind.GreaterThanEqualsToken) ||
  (kind >= ts.SyntaxKind.EqualsEqualsToken && kind <= ts.SyntaxKind.ExclamationEqualsEqualsToken)

/** Of a property of an intrinsic, or of a call of it. A receiver that may be nullish throws there, so it adds nothing. */
export const kindsOfMember = (receiver: K.Kinds, name: string, isCall: boolean): K.Kinds => {
  const known = receiver & ~K.NULLISH
  if (known === 0) return receiver === 0 ? 0 : K.ANY
  if (isCall === (name === 'length')) return K.ANY
  let kinds = 0
  let rest = known
  const tables = [
    [K.STRING, stringMethods],
    [K.ARRAY, arrayMethods],
    [K.NUMBER | K.BIGINT, numberMethods],
    [K.REGEXP, regexpMethods],
  ] as const
  for (const [kind, methods] of tables) {
    if ((known & kind) === 0) continue
    kinds |= methods.get(name) ?? K.ANY
    rest &= ~kind
  }
  return rest === 0 ? kinds : K.ANY
}
