import ts from 'typescript'
import { change, changePart, type Candidate, type Operator } from '../candidate.ts'
import { isAssigned, isTight } from '../nodes.ts'

const pairs: readonly (readonly [string, string])[] = [
  ['every', 'some'],
  ['startsWith', 'endsWith'],
  ['push', 'unshift'],
  ['pop', 'shift'],
  ['toLowerCase', 'toUpperCase'],
  ['toLocaleLowerCase', 'toLocaleUpperCase'],
  ['trimStart', 'trimEnd'],
  ['padStart', 'padEnd'],
  ['indexOf', 'lastIndexOf'],
  ['find', 'findLast'],
  ['findIndex', 'findLastIndex'],
  ['reduce', 'reduceRight'],
]

const swapped: ReadonlyMap<string, string> = new Map(pairs.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]))

/** Methods that give something of the kind of what they are called on: the receiver stands in for them. */
const dropped = new Set(
  'slice substring substr filter sort toSorted reverse toReversed concat trim replace replaceAll flat normalize'.split(
    ' ',
  ),
)

const statics: ReadonlyMap<string, string> = new Map([
  ['Math.min', 'max'],
  ['Math.max', 'min'],
  ['Math.floor', 'ceil'],
  ['Math.ceil', 'floor'],
  ['Math.round', 'floor'],
  ['Object.keys', 'values'],
  ['Object.values', 'keys'],
])

const renamed = (call: ts.CallExpression, access: ts.PropertyAccessExpression, to: string, text: string): Candidate =>
  changePart('method', call, { start: access.name.getStart(), end: access.name.end }, to, text)

const methods = (call: ts.CallExpression, text: string, isGlobal: (name: string) => boolean): Candidate[] => {
  const access = call.expression
  if (!ts.isPropertyAccessExpression(access)) return []
  const name = access.name.text
  if (ts.isIdentifier(access.expression) && isGlobal(access.expression.text)) {
    const other = statics.get(`${access.expression.text}.${name}`)
    if (other !== undefined) return [renamed(call, access, other, text)]
  }
  const other = swapped.get(name)
  if (other !== undefined) return [renamed(call, access, other, text)]
  // as a statement it is left out as a whole
  const isDropped = dropped.has(name) && !ts.isExpressionStatement(call.parent) && isTight(access.expression)
  return isDropped ? [change('method', call, access.expression.getText())] : []
}

/** `f(x)` becomes `x`: what a conversion is for. */
const unwrapped = (call: ts.CallExpression): Candidate[] => {
  const [argument] = call.arguments
  const { expression, parent } = call
  const isPlain = ts.isIdentifier(expression) && !/^(require|eval|Symbol)$/.test(expression.text)
  if (!isPlain || call.arguments.length !== 1 || argument === undefined || call.questionDotToken !== undefined)
    return []
  if (ts.isSpreadElement(argument) || ts.isFunctionExpression(argument) || ts.isArrowFunction(argument)) return []
  if (ts.isExpressionStatement(parent) || ts.isDecorator(parent)) return []
  return [change('call', call, isTight(argument) ? argument.getText() : `(${argument.getText()})`)]
}

const chained = (node: ts.Node, text: string): Candidate[] => {
  const isAccess =
    ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isCallExpression(node)
  if (!isAccess || node.questionDotToken === undefined) return []
  const range = { start: node.questionDotToken.getStart(), end: node.questionDotToken.end }
  return [changePart('optional-chain', node, range, ts.isPropertyAccessExpression(node) ? '.' : '', text)]
}

const spread = (node: ts.Node): Candidate[] => {
  if (ts.isSpreadElement(node)) return isAssigned(node) ? [] : [change('spread', node, '...[]')]
  return ts.isSpreadAssignment(node) && !isAssigned(node) ? [change('spread', node, '...{}')] : []
}

const defaults = (node: ts.Node, text: string): Candidate[] => {
  if (!ts.isParameter(node) && !ts.isBindingElement(node)) return []
  if (node.initializer === undefined || node.initializer.getText() === 'undefined') return []
  const start = (ts.isParameter(node) ? (node.type ?? node.questionToken ?? node.name) : node.name).end
  return [changePart('default-value', node, { start, end: node.initializer.end }, '', text)]
}

/** Methods exchanged, conversions, `?.`, spread and defaults dropped. */
export const callOperators: Operator = (node, { text, isGlobal }) => [
  ...(ts.isCallExpression(node) ? [...methods(node, text, isGlobal), ...unwrapped(node)] : []),
  ...chained(node, text),
  ...spread(node),
  ...defaults(node, text),
]
