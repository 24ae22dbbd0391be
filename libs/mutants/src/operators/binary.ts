import ts from 'typescript'
import { change, changePart, type Candidate, type Operator } from '../candidate.ts'
import { bare, isTested } from '../nodes.ts'
import type { OperatorName } from '../types.ts'
import { choosesItsOperand, isKnownNumber, isNeutral, isString } from '../equivalent.ts'

const K = ts.SyntaxKind

/** Operators of one rank: the token alone is exchanged. */
const exchanged: ReadonlyMap<ts.SyntaxKind, readonly [OperatorName, readonly string[]]> = new Map([
  [K.PlusToken, ['arithmetic', ['-']]],
  [K.MinusToken, ['arithmetic', ['+']]],
  [K.AsteriskToken, ['arithmetic', ['/']]],
  [K.SlashToken, ['arithmetic', ['*']]],
  [K.PercentToken, ['arithmetic', ['*']]],
  [K.LessThanToken, ['comparison', ['<=', '>=']]],
  [K.LessThanEqualsToken, ['comparison', ['<', '>']]],
  [K.GreaterThanToken, ['comparison', ['>=', '<=']]],
  [K.GreaterThanEqualsToken, ['comparison', ['>', '<']]],
  [K.EqualsEqualsToken, ['equality', ['!=']]],
  [K.ExclamationEqualsToken, ['equality', ['==']]],
  [K.EqualsEqualsEqualsToken, ['equality', ['!==']]],
  [K.ExclamationEqualsEqualsToken, ['equality', ['===']]],
  [K.LessThanLessThanToken, ['bitwise', ['>>']]],
  [K.GreaterThanGreaterThanToken, ['bitwise', ['<<']]],
  [K.GreaterThanGreaterThanGreaterThanToken, ['bitwise', ['<<']]],
])

/** Operators of different rank: both sides are put in parentheses. */
const regrouped: ReadonlyMap<ts.SyntaxKind, readonly [OperatorName, string]> = new Map([
  [K.AsteriskAsteriskToken, ['arithmetic', '*']],
  [K.AmpersandToken, ['bitwise', '|']],
  [K.BarToken, ['bitwise', '&']],
  [K.CaretToken, ['bitwise', '&']],
  [K.AmpersandAmpersandToken, ['logical', '||']],
  [K.BarBarToken, ['logical', '&&']],
  [K.QuestionQuestionToken, ['logical', '&&']],
])

const assigned: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [K.PlusEqualsToken, '-='],
  [K.MinusEqualsToken, '+='],
  [K.AsteriskEqualsToken, '/='],
  [K.SlashEqualsToken, '*='],
  [K.PercentEqualsToken, '*='],
  [K.AsteriskAsteriskEqualsToken, '*='],
  [K.LessThanLessThanEqualsToken, '>>='],
  [K.GreaterThanGreaterThanEqualsToken, '<<='],
  [K.GreaterThanGreaterThanGreaterThanEqualsToken, '<<='],
  [K.AmpersandEqualsToken, '|='],
  [K.BarEqualsToken, '&='],
  [K.CaretEqualsToken, '&='],
  [K.AmpersandAmpersandEqualsToken, '||='],
  [K.BarBarEqualsToken, '&&='],
  [K.QuestionQuestionEqualsToken, '&&='],
])

const isBoundary = (before: string, after: string): boolean => after === `${before}=` || before === `${after}=`

/** A subtraction from text is NaN, which any test sees: such mutants say nothing about the tests. */
const isConcatenation = (node: ts.BinaryExpression): boolean =>
  node.operatorToken.kind === K.PlusToken && (isString(node.left) || isString(node.right))

const exchange = (node: ts.BinaryExpression, text: string): Candidate[] => {
  const [operator, others] = exchanged.get(node.operatorToken.kind)!
  if (operator === 'arithmetic' && (isNeutral(node) || isConcatenation(node))) return []
  const { operatorToken } = node
  const range = { start: operatorToken.getStart(), end: operatorToken.end }
  return others
    .filter((other) => !isBoundary(operatorToken.getText(), other) || !choosesItsOperand(node))
    .map((other) => changePart(operator, node, range, ` ${other} `, text))
    .map((candidate) => ({ ...candidate, replacement: tighten(candidate, text) }))
}

/** The spaces that keep `a+-b` from becoming `a--b` are left out where there are some. */
const tighten = ({ range, replacement }: Candidate, text: string): string => {
  const isSpaced = /\s/.test(text[range.start - 1] ?? '') && /\s/.test(text[range.end] ?? '')
  return isSpaced ? replacement.trim() : replacement
}

const grouped = (node: ts.Expression): string =>
  ts.isBinaryExpression(node) ||
  ts.isConditionalExpression(node) ||
  ts.isArrowFunction(node) ||
  ts.isYieldExpression(node)
    ? `(${node.getText()})`
    : node.getText()

/** Beside a test, a value that is never true decides nothing. */
const isNever = (node: ts.Expression): boolean => {
  const value = bare(node)
  return value.kind === K.FalseKeyword || value.kind === K.NullKeyword || /^(undefined|0|''|"")$/.test(value.getText())
}

const oneSide = (node: ts.BinaryExpression): Candidate[] => {
  const isOr = node.operatorToken.kind === K.BarBarToken
  const left = change('logical', node, `(${node.left.getText()})`)
  const right = change('logical', node, `(${node.right.getText()})`)
  if (isOr && isTested(node) && isNever(node.right)) return [right]
  return [left, right]
}

/** Arithmetic, comparison, equality, bits, logic and compound assignment. */
export const binaryOperators: Operator = (node, { text }) => {
  if (!ts.isBinaryExpression(node)) return []
  const { kind } = node.operatorToken
  if (exchanged.has(kind)) return exchange(node, text)
  const other = assigned.get(kind)
  if (other !== undefined) {
    const range = { start: node.operatorToken.getStart(), end: node.operatorToken.end }
    const isText = kind === K.PlusEqualsToken && isString(node.right)
    return isText ? [] : [changePart('assignment', node, range, other, text)]
  }
  const regroup = regrouped.get(kind)
  // `#field in object` cannot be put in parentheses, and needs not be
  if (regroup === undefined || ts.isPrivateIdentifier(node.left)) return []
  const [operator, sign] = regroup
  const isOnce = kind === K.AsteriskAsteriskToken && node.right.getText() === '1' && isKnownNumber(node.left)
  const swapped = isOnce ? [] : [change(operator, node, `(${grouped(node.left)} ${sign} ${grouped(node.right)})`)]
  return operator === 'logical' ? [...swapped, ...oneSide(node)] : swapped
}
