import ts from 'typescript'
import { change, type Candidate, type Operator } from '../candidate.ts'
import { isAssigned, outer } from '../nodes.ts'

const K = ts.SyntaxKind

const numberText = (node: ts.NumericLiteral, value: number): string => {
  const text = String(value)
  // `5.toFixed()` is no program
  return ts.isPropertyAccessExpression(node.parent) ? `(${text})` : text
}

const numbers = (node: ts.NumericLiteral): Candidate[] => {
  const value = Number(node.text)
  const others = value === 0 ? [1] : value === 1 ? [0, 2] : [0, value + 1]
  return others.filter((other) => other !== value).map((other) => change('number', node, numberText(node, other)))
}

const isTypeof = (node: ts.Node): boolean =>
  ts.isBinaryExpression(node) && (ts.isTypeOfExpression(node.left) || ts.isTypeOfExpression(node.right))

/** Names rather than values: keys, module specifiers, tags, and what `typeof` is compared with. */
const isName = (node: ts.Expression): boolean => {
  const { parent } = node
  if (ts.isPropertyName(node) && 'name' in parent && parent.name === node) return true
  if (ts.isBindingElement(parent) && parent.propertyName === (node as ts.Node)) return true
  if (ts.isTaggedTemplateExpression(parent) || ts.isJsxAttribute(parent)) return true
  if (ts.isImportAttribute(parent) || ts.isExternalModuleReference(parent)) return true
  return isTypeof(outer(node))
}

const isEmptyable = (node: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression): boolean => !isAssigned(node)

const collections = (node: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression): Candidate[] => {
  if (!isEmptyable(node)) return []
  if (ts.isArrayLiteralExpression(node))
    return [change('collection', node, node.elements.length > 0 ? '[]' : "['mutant']")]
  return node.properties.length > 0 ? [change('collection', node, '({})')] : []
}

/** Numbers, text, truth values, arrays and objects. */
export const literalOperators: Operator = (node) => {
  if (ts.isNumericLiteral(node)) return isName(node) || ts.isEnumMember(node.parent) ? [] : numbers(node)
  if (ts.isBigIntLiteral(node)) return isName(node) ? [] : [change('number', node, node.text === '0n' ? '1n' : '0n')]
  if (ts.isStringLiteralLike(node))
    return isName(node) ? [] : [change('string', node, node.text === '' ? "'mutant'" : "''")]
  if (ts.isTemplateExpression(node))
    return ts.isTaggedTemplateExpression(node.parent) ? [] : [change('string', node, "''")]
  if (node.kind === K.TrueKeyword) return [change('boolean', node, 'false')]
  if (node.kind === K.FalseKeyword) return [change('boolean', node, 'true')]
  return ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node) ? collections(node) : []
}
