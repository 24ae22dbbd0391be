import ts from 'typescript'

export type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.GetAccessorDeclaration
  | ts.SetAccessorDeclaration

/** A function with a body: an overload or an abstract method is none. */
export const isFunctionNode = (node: ts.Node): node is FunctionNode =>
  (ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node) ||
    ts.isGetAccessorDeclaration(node) ||
    ts.isSetAccessorDeclaration(node)) &&
  node.body !== undefined

export const isLoop = (node: ts.Node): node is ts.IterationStatement => ts.isIterationStatement(node, false)

/** The nearest function around a node; undefined at the top level. */
export const functionAround = (node: ts.Node): FunctionNode | undefined => {
  for (let at = node.parent as ts.Node | undefined; at !== undefined; at = at.parent) if (isFunctionNode(at)) return at
  return undefined
}

/** The parent, parentheses and assertions of types skipped. */
export const outer = (node: ts.Node): ts.Node => {
  let at = node.parent
  while (ts.isParenthesizedExpression(at) || ts.isAsExpression(at) || ts.isSatisfiesExpression(at)) at = at.parent
  return at
}

/** An expression without the parentheses around it. */
export const bare = (node: ts.Expression): ts.Expression => {
  let at = node
  while (ts.isParenthesizedExpression(at)) at = at.expression
  return at
}

/** Statements of a list: what may be left out without another one taking its place. */
export const listAround = (statement: ts.Statement): readonly ts.Statement[] | undefined => {
  const { parent } = statement
  const isList =
    ts.isSourceFile(parent) || ts.isBlock(parent) || ts.isModuleBlock(parent) || ts.isCaseOrDefaultClause(parent)
  return isList ? parent.statements : undefined
}

/** Whether only truth is asked of an expression: the test of a statement, or what leads to one. */
export const isTested = (node: ts.Expression): boolean => {
  const parent = outer(node)
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent)) return true
  if (ts.isForStatement(parent)) return parent.condition !== undefined && bare(parent.condition) === bare(node)
  if (ts.isConditionalExpression(parent)) return bare(parent.condition) === bare(node)
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken
  const isBoth =
    ts.isBinaryExpression(parent) &&
    (parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      parent.operatorToken.kind === ts.SyntaxKind.BarBarToken)
  return isBoth && isTested(parent)
}

/** Whether an expression is a pattern that is assigned to, as in `[a, b] = pair`. */
export const isAssigned = (node: ts.Node): boolean => {
  for (let at = node; ; at = at.parent) {
    const { parent } = at
    if (ts.isBinaryExpression(parent)) {
      const assigns = parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
      if (assigns && parent.left === at) return true
      // the default of a pattern is a value again
      return false
    }
    if ((ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.initializer === at) return true
    const goesOn =
      ts.isArrayLiteralExpression(parent) ||
      ts.isObjectLiteralExpression(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isSpreadElement(parent) ||
      ts.isSpreadAssignment(parent) ||
      ts.isParenthesizedExpression(parent)
    if (!goesOn) return false
  }
}

/** An expression that stands wherever a name can stand. */
export const isTight = (node: ts.Node): boolean =>
  ts.isIdentifier(node) ||
  ts.isParenthesizedExpression(node) ||
  ts.isPropertyAccessExpression(node) ||
  ts.isElementAccessExpression(node) ||
  ts.isCallExpression(node) ||
  ts.isArrayLiteralExpression(node) ||
  ts.isStringLiteralLike(node) ||
  node.kind === ts.SyntaxKind.ThisKeyword
