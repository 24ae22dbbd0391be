import ts from 'typescript'

export type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.GetAccessorDeclaration
  | ts.SetAccessorDeclaration

export type LoopNode = ts.ForStatement | ts.ForInStatement | ts.ForOfStatement | ts.WhileStatement | ts.DoStatement

/** Asked of every node of every file: the kind is read once. */
export const isFunctionNode = (node: ts.Node): node is FunctionNode => {
  switch (node.kind) {
    case ts.SyntaxKind.FunctionDeclaration:
    case ts.SyntaxKind.FunctionExpression:
    case ts.SyntaxKind.ArrowFunction:
    case ts.SyntaxKind.MethodDeclaration:
    case ts.SyntaxKind.Constructor:
    case ts.SyntaxKind.GetAccessor:
    case ts.SyntaxKind.SetAccessor:
      return true
    default:
      return false
  }
}

export const isLoop = (node: ts.Node): node is LoopNode =>
  ts.isForStatement(node) ||
  ts.isForInStatement(node) ||
  ts.isForOfStatement(node) ||
  ts.isWhileStatement(node) ||
  ts.isDoStatement(node)

/** Code that is not run where it stands: functions, and class members that wait for an instance. */
export const isDeferred = (node: ts.Node): boolean =>
  isFunctionNode(node) || (ts.isPropertyDeclaration(node) && !ts.getModifiers(node)?.some(isStaticModifier))

const isStaticModifier = (modifier: ts.Modifier): boolean => modifier.kind === ts.SyntaxKind.StaticKeyword

/** Visits a node and everything below it until `visit` returns false for a branch. */
export const walk = (node: ts.Node, visit: (node: ts.Node) => boolean | void): void => {
  if (visit(node) === false) return
  ts.forEachChild(node, (child) => walk(child, visit))
}

/** Whether any node of a subtree satisfies a predicate; functions inside are looked into only when asked. */
export const contains = (
  node: ts.Node,
  predicate: (node: ts.Node) => boolean,
  options: { readonly intoFunctions: boolean } = { intoFunctions: true },
): boolean => {
  let found = false
  walk(node, (each) => {
    if (found) return false
    if (predicate(each)) found = true
    return !found && (options.intoFunctions || each === node || !isFunctionNode(each))
  })
  return found
}

/** The nearest node above that satisfies a predicate. */
export const ancestor = <T extends ts.Node>(node: ts.Node, predicate: (node: ts.Node) => node is T): T | undefined => {
  for (let at = node.parent as ts.Node | undefined; at !== undefined; at = at.parent) if (predicate(at)) return at
  return undefined
}

/** The function whose body or parameters hold a node; undefined at the top level. */
export const enclosingFunction = (node: ts.Node): FunctionNode | undefined => ancestor(node, isFunctionNode)

export const within = (node: ts.Node, container: ts.Node): boolean =>
  node.pos >= container.pos && node.end <= container.end

/** An expression without the parentheses, type assertions and `!` around it. */
export const bare = (node: ts.Expression): ts.Expression => {
  let at = node
  while (
    ts.isParenthesizedExpression(at) ||
    ts.isAsExpression(at) ||
    ts.isNonNullExpression(at) ||
    ts.isSatisfiesExpression(at) ||
    ts.isTypeAssertionExpression(at)
  ) {
    at = at.expression
  }
  return at
}

/** The parent, skipping parentheses. */
export const outer = (node: ts.Node): ts.Node => {
  let at = node.parent
  while (ts.isParenthesizedExpression(at)) at = at.parent
  return at
}

export const isAssignment = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) &&
  node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
  node.operatorToken.kind <= ts.SyntaxKind.LastAssignment

/** The statements of a block-like node. */
export const statementsOf = (node: ts.Node): readonly ts.Statement[] | undefined =>
  ts.isSourceFile(node) || ts.isBlock(node) || ts.isModuleBlock(node) || ts.isCaseOrDefaultClause(node)
    ? node.statements
    : undefined

/** `object.name` with exactly these two names. */
export const isMember = (node: ts.Expression, object: string, name: string): boolean =>
  ts.isPropertyAccessExpression(node) &&
  node.name.text === name &&
  ts.isIdentifier(node.expression) &&
  node.expression.text === object

/** Whether a comment stands between two offsets that hold no other tokens than the ones we know of. */
export const hasComment = (text: string, start: number, end: number): boolean => {
  const scanner = ts.createScanner(
    ts.ScriptTarget.Latest,
    false,
    ts.LanguageVariant.Standard,
    text,
    undefined,
    start,
    end - start,
  )
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    if (token === ts.SyntaxKind.SingleLineCommentTrivia || token === ts.SyntaxKind.MultiLineCommentTrivia) return true
  }
  return false
}

/** Binding names of a pattern, in order. */
export const boundIdentifiers = (name: ts.BindingName): ts.Identifier[] =>
  ts.isIdentifier(name)
    ? [name]
    : name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : boundIdentifiers(element.name)))
