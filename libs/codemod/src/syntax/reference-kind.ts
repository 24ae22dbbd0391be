import ts from 'typescript'

import { isAssignment } from './nodes.ts'

export interface ReferenceKind {
  readonly read: boolean
  readonly write: boolean
  readonly typeOnly: boolean
}

const READ: ReferenceKind = { read: true, write: false, typeOnly: false }
const WRITE: ReferenceKind = { read: false, write: true, typeOnly: false }
const UPDATE: ReferenceKind = { read: true, write: true, typeOnly: false }
const TYPE: ReferenceKind = { read: false, write: false, typeOnly: true }

/** Names that stand for a property, a label or a declaration, but not for a variable. */
const isMereName = (node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isQualifiedName(parent)) return parent.right === node
  if (ts.isPropertyAssignment(parent)) return parent.name === node
  if (ts.isBindingElement(parent)) return parent.name === node || parent.propertyName === node
  if (ts.isExportSpecifier(parent)) {
    return parent.parent.parent.moduleSpecifier !== undefined || (parent.propertyName ?? parent.name) !== node
  }
  if (ts.isTypePredicateNode(parent)) return false
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return true
  if (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent)) return true
  if (ts.isNamespaceExport(parent) || ts.isMetaProperty(parent) || ts.isJsxAttribute(parent)) return true
  if (ts.isNamedTupleMember(parent) || ts.isJsxNamespacedName(parent) || ts.isImportAttribute(parent)) return true
  if (ts.isJsxOpeningLikeElement(parent) || ts.isJsxClosingElement(parent)) return /^[a-z]/.test(node.text)
  if (ts.isShorthandPropertyAssignment(parent)) return false
  return isDeclarationName(parent, node)
}

const isDeclarationName = (parent: ts.Node, node: ts.Identifier): boolean => 'name' in parent && parent.name === node

const isTypePosition = (node: ts.Identifier): boolean => {
  const { parent } = node
  return (
    ts.isTypeReferenceNode(parent) ||
    ts.isTypeQueryNode(parent) ||
    ts.isTypePredicateNode(parent) ||
    ts.isQualifiedName(parent) ||
    (ts.isExpressionWithTypeArguments(parent) && isTypeHeritage(parent))
  )
}

const isTypeHeritage = (node: ts.ExpressionWithTypeArguments): boolean =>
  ts.isInterfaceDeclaration(node.parent.parent) ||
  (ts.isHeritageClause(node.parent) && node.parent.token === ts.SyntaxKind.ImplementsKeyword)

/** Whether an expression stands on the left of a destructuring assignment, as a whole or as a part. */
export const assignmentTarget = (node: ts.Node): 'none' | 'plain' | 'update' => {
  const { parent } = node
  if (isAssignment(parent) && parent.left === node) {
    return parent.operatorToken.kind === ts.SyntaxKind.EqualsToken ? 'plain' : 'update'
  }
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    const { operator } = parent
    return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken ? 'update' : 'none'
  }
  if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) {
    return parent.initializer === node ? 'plain' : 'none'
  }
  if (ts.isParenthesizedExpression(parent) || ts.isNonNullExpression(parent) || ts.isAsExpression(parent)) {
    return assignmentTarget(parent)
  }
  const isPart =
    ts.isArrayLiteralExpression(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isSpreadAssignment(parent) ||
    ts.isObjectLiteralExpression(parent) ||
    ts.isShorthandPropertyAssignment(parent) ||
    (ts.isPropertyAssignment(parent) && parent.initializer === node)
  return isPart ? (assignmentTarget(parent) === 'plain' ? 'plain' : 'none') : 'none'
}

/** How an identifier uses the variable of its name; undefined when it is not a use of a variable. */
export const referenceAt = (node: ts.Identifier): ReferenceKind | undefined => {
  if (ts.isShorthandPropertyAssignment(node.parent) && node.parent.name === node) {
    return assignmentTarget(node.parent) === 'plain' ? WRITE : READ
  }
  if (isMereName(node)) return undefined
  if (isTypePosition(node)) return TYPE
  const target = assignmentTarget(node)
  return target === 'none' ? READ : target === 'plain' ? WRITE : UPDATE
}
