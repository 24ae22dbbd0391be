import ts from 'typescript'
import { bare, listAround } from './nodes.ts'

const K = ts.SyntaxKind

const neverCompletes = (statement: ts.Statement): boolean => {
  if (ts.isReturnStatement(statement) || ts.isThrowStatement(statement)) return true
  if (ts.isBreakOrContinueStatement(statement)) return true
  if (ts.isBlock(statement)) return statement.statements.some(neverCompletes)
  if (!ts.isIfStatement(statement) || statement.elseStatement === undefined) return false
  return neverCompletes(statement.thenStatement) && neverCompletes(statement.elseStatement)
}

/** A declaration of a function is known before the jump that stands above it. */
const isBehindJump = (statement: ts.Statement): boolean => {
  if (ts.isFunctionDeclaration(statement)) return false
  const list = listAround(statement)
  return list !== undefined && list.slice(0, list.indexOf(statement)).some(neverCompletes)
}

const constantOf = (test: ts.Expression): boolean | undefined => {
  const { kind } = bare(test)
  return kind === K.TrueKeyword ? true : kind === K.FalseKeyword ? false : undefined
}

const isUnreachableBranch = (node: ts.Node): boolean => {
  const { parent } = node
  if (parent === undefined) return false
  if (ts.isIfStatement(parent)) {
    const always = constantOf(parent.expression)
    return (parent.thenStatement === node && always === false) || (parent.elseStatement === node && always === true)
  }
  return ts.isWhileStatement(parent) && parent.statement === node && constantOf(parent.expression) === false
}

const isTypeOnly = (node: ts.Node): boolean =>
  ts.isTypeNode(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeParameterDeclaration(node) ||
  (ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some(({ kind }) => kind === K.DeclareKeyword) ?? false)) ||
  (ts.isFunctionLike(node) && 'body' in node && node.body === undefined)

const isModuleSyntax = (node: ts.Node): boolean =>
  ts.isImportDeclaration(node) ||
  ts.isImportEqualsDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  (ts.isCallExpression(node) &&
    (node.expression.kind === K.ImportKeyword ||
      (ts.isIdentifier(node.expression) && node.expression.text === 'require')))

const isDirective = (node: ts.Node): boolean => {
  if (!ts.isExpressionStatement(node) || !ts.isStringLiteral(node.expression)) return false
  const list = listAround(node)
  if (list === undefined) return false
  return list
    .slice(0, list.indexOf(node))
    .every((each) => ts.isExpressionStatement(each) && ts.isStringLiteral(each.expression))
}

/** What is said to whoever debugs is no behaviour. */
const isChatter = (node: ts.Node, isGlobal: (name: string) => boolean): boolean => {
  if (!ts.isCallExpression(node)) return false
  const callee = node.expression
  if (ts.isIdentifier(callee)) return /^(debug|debuglog)$/.test(callee.text)
  const isConsole = ts.isPropertyAccessExpression(callee) && ts.isIdentifier(callee.expression)
  return isConsole && callee.expression.text === 'console' && isGlobal('console')
}

/** Whether a node holds nothing that runs, or nothing whose change anybody could see. */
export const isIdle = (node: ts.Node, isGlobal: (name: string) => boolean): boolean =>
  isTypeOnly(node) ||
  isModuleSyntax(node) ||
  isDirective(node) ||
  ts.isJsxText(node) ||
  (ts.isExpressionStatement(node) && isChatter(node.expression, isGlobal)) ||
  isChatter(node, isGlobal) ||
  isUnreachableBranch(node) ||
  (ts.isStatement(node) && node.parent !== undefined && isBehindJump(node))

const nameOf = (node: ts.Node): string | undefined => {
  const isDeclaration =
    ts.isVariableDeclaration(node) ||
    ts.isBindingElement(node) ||
    ts.isParameter(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isClassLike(node) ||
    ts.isImportClause(node) ||
    ts.isImportSpecifier(node) ||
    ts.isNamespaceImport(node)
  return isDeclaration && node.name !== undefined && ts.isIdentifier(node.name) ? node.name.text : undefined
}

/** Every name that a file declares, whatever for. */
export const declaredNames = (file: ts.SourceFile): ReadonlySet<string> => {
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    const name = nameOf(node)
    if (name !== undefined) names.add(name)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return names
}
