import ts from 'typescript'

/** What an expression can evaluate to, as a set of bits: a larger set knows less. */
export type Kinds = number

export const UNDEFINED = 1
export const NULL = 2
export const BOOLEAN = 4
export const NUMBER = 8
export const BIGINT = 16
export const STRING = 32
export const SYMBOL = 64
export const FUNCTION = 128
export const ARRAY = 256
export const REGEXP = 512
export const OBJECT = 1024
export const ANY = 2047

export const NULLISH = UNDEFINED | NULL
/** What `String(x)`, `x + ''` and a template all turn into the same text. */
export const PRINTABLE = NULLISH | BOOLEAN | NUMBER | BIGINT | STRING
export const PRIMITIVE = PRINTABLE | SYMBOL

/** Whether every value of a set is of the wanted kinds; the empty set (unreachable code) proves nothing. */
export const onlyOf = (kinds: Kinds, wanted: Kinds): boolean => kinds !== 0 && (kinds & ~wanted) === 0

const byName: Readonly<Record<string, Kinds>> = {
  undefined: UNDEFINED,
  boolean: BOOLEAN,
  number: NUMBER,
  bigint: BIGINT,
  string: STRING,
  symbol: SYMBOL,
  function: FUNCTION,
  object: NULL | ARRAY | REGEXP | OBJECT,
}

/** The kinds that `typeof` answers with a word. */
export const kindsOfTypeof = (word: string): Kinds => byName[word] ?? 0

/** `a + b`. */
export const added = (left: Kinds, right: Kinds): Kinds => {
  if (left === 0 || right === 0) return 0
  const objects = FUNCTION | ARRAY | REGEXP | OBJECT
  const mayBeText = ((left | right) & (STRING | objects)) !== 0
  const mayBeSum = (left & ~STRING) !== 0 && (right & ~STRING) !== 0
  return (mayBeText ? STRING : 0) | (mayBeSum ? arithmetic(left, right) : 0)
}

/** `a - b` and its like: a bigint only where both sides may be one. */
export const arithmetic = (left: Kinds, right: Kinds): Kinds => {
  if (left === 0 || right === 0) return 0
  const big = BIGINT | OBJECT
  const both = (left & big) !== 0 && (right & big) !== 0
  const onlyBig = onlyOf(left, BIGINT) && onlyOf(right, BIGINT)
  return (onlyBig ? 0 : NUMBER) | (both ? BIGINT : 0)
}

/** `-a`, `a++`: a number, or a bigint where the operand may be one. */
export const negated = (operand: Kinds): Kinds => arithmetic(operand, operand)

/** The kinds that a set keeps when its value is known to be truthy. */
export const truthy = (kinds: Kinds): Kinds => kinds & ~NULLISH

/** The kinds that a set keeps when its value is known to be falsy. */
export const falsy = (kinds: Kinds): Kinds => kinds & PRINTABLE

export const literalKinds = (node: ts.Expression): Kinds | undefined => {
  switch (node.kind) {
    case ts.SyntaxKind.StringLiteral:
    case ts.SyntaxKind.NoSubstitutionTemplateLiteral:
    case ts.SyntaxKind.TemplateExpression:
    case ts.SyntaxKind.TypeOfExpression:
      return STRING
    case ts.SyntaxKind.NumericLiteral:
      return NUMBER
    case ts.SyntaxKind.BigIntLiteral:
      return BIGINT
    case ts.SyntaxKind.TrueKeyword:
    case ts.SyntaxKind.FalseKeyword:
    case ts.SyntaxKind.DeleteExpression:
      return BOOLEAN
    case ts.SyntaxKind.NullKeyword:
      return NULL
    case ts.SyntaxKind.VoidExpression:
      return UNDEFINED
    case ts.SyntaxKind.RegularExpressionLiteral:
      return REGEXP
    case ts.SyntaxKind.ArrayLiteralExpression:
      return ARRAY
    case ts.SyntaxKind.ObjectLiteralExpression:
      return OBJECT
    case ts.SyntaxKind.FunctionExpression:
    case ts.SyntaxKind.ArrowFunction:
    case ts.SyntaxKind.ClassExpression:
      return FUNCTION
    default:
      return undefined
  }
}
