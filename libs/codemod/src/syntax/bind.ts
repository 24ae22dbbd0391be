import ts from 'typescript'

import { boundIdentifiers, isFunctionNode } from './nodes.ts'
import type { Binding, BindingKind, Scope, ScopeKind } from './scopes.ts'

interface Bound {
  readonly root: Scope
  readonly scopes: Map<ts.Node, Scope>
  readonly declared: Map<ts.Identifier, Binding>
}

const variableKind = (list: ts.VariableDeclarationList): BindingKind => {
  if (list.flags & ts.NodeFlags.Const) {
    return (list.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using ? 'using' : 'const'
  }
  if (list.flags & ts.NodeFlags.Using) return 'using'
  return list.flags & ts.NodeFlags.Let ? 'let' : 'var'
}

const opensBlock = (node: ts.Node): boolean =>
  ts.isForStatement(node) ||
  ts.isForInStatement(node) ||
  ts.isForOfStatement(node) ||
  ts.isCaseBlock(node) ||
  ts.isModuleBlock(node) ||
  (ts.isBlock(node) && !isFunctionNode(node.parent) && !ts.isClassStaticBlockDeclaration(node.parent))

/** What neither declares nor opens anything, which most nodes are; asked first, for every node of every file. */
const plain: ReadonlySet<ts.SyntaxKind> = new Set([
  ...[ts.SyntaxKind.Identifier, ts.SyntaxKind.StringLiteral, ts.SyntaxKind.NumericLiteral],
  ...[ts.SyntaxKind.PropertyAccessExpression, ts.SyntaxKind.ElementAccessExpression, ts.SyntaxKind.CallExpression],
  ...[ts.SyntaxKind.NewExpression, ts.SyntaxKind.BinaryExpression, ts.SyntaxKind.ParenthesizedExpression],
  ...[ts.SyntaxKind.PrefixUnaryExpression, ts.SyntaxKind.ConditionalExpression, ts.SyntaxKind.TemplateExpression],
  ...[ts.SyntaxKind.ObjectLiteralExpression, ts.SyntaxKind.ArrayLiteralExpression, ts.SyntaxKind.SpreadElement],
  ...[ts.SyntaxKind.PropertyAssignment, ts.SyntaxKind.ShorthandPropertyAssignment, ts.SyntaxKind.AwaitExpression],
  ...[ts.SyntaxKind.ExpressionStatement, ts.SyntaxKind.ReturnStatement, ts.SyntaxKind.IfStatement],
  ...[ts.SyntaxKind.VariableStatement, ts.SyntaxKind.VariableDeclarationList, ts.SyntaxKind.TypeReference],
])

const opensTypes = (node: ts.Node): boolean =>
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isFunctionTypeNode(node) ||
  ts.isConstructorTypeNode(node) ||
  ts.isMethodSignature(node) ||
  ts.isCallSignatureDeclaration(node) ||
  ts.isConstructSignatureDeclaration(node) ||
  ts.isIndexSignatureDeclaration(node) ||
  ts.isMappedTypeNode(node) ||
  ts.isConditionalTypeNode(node)

/** Declares every name of a file in its scope: `var` in the nearest function, the rest where it stands. */
export const bindDeclarations = (file: ts.SourceFile, isStrict: (node: ts.Node) => boolean): Bound => {
  const scopes = new Map<ts.Node, Scope>()
  const declared = new Map<ts.Identifier, Binding>()
  const open = (node: ts.Node, kind: ScopeKind, parent: Scope | undefined): Scope => {
    const scope: Scope = { kind, node, parent, bindings: new Map(), dynamic: false }
    scopes.set(node, scope)
    return scope
  }
  const declare = (scope: Scope, identifier: ts.Identifier, kind: BindingKind, node: ts.Node): void => {
    let binding = scope.bindings.get(identifier.text)
    if (binding === undefined) {
      binding = { name: identifier.text, scope, declarations: [], references: [] }
      scope.bindings.set(identifier.text, binding)
    }
    binding.declarations.push({ kind, identifier, node })
    declared.set(identifier, binding)
  }
  const root = open(file, 'module', undefined)

  const visitChildren = (node: ts.Node, scope: Scope): void => {
    ts.forEachChild(node, (child) => visit(child, scope))
  }

  const visitFunction = (node: ts.SignatureDeclaration, scope: Scope): void => {
    let outside = scope
    if (ts.isFunctionExpression(node) && node.name) {
      outside = { kind: 'function-name', node, parent: scope, bindings: new Map(), dynamic: false }
      declare(outside, node.name, 'function-name', node)
    }
    const inside = open(node, 'function', outside)
    visitChildren(node, inside)
  }

  const visitClass = (node: ts.ClassLikeDeclaration, scope: Scope): void => {
    if (ts.isClassDeclaration(node) && node.name) declare(scope, node.name, 'class', node)
    const inside = open(node, 'class', scope)
    if (ts.isClassExpression(node) && node.name) declare(inside, node.name, 'class', node)
    visitChildren(node, inside)
  }

  const declareFunction = (node: ts.FunctionDeclaration, scope: Scope): void => {
    if (node.name === undefined) return
    declare(scope, node.name, 'function', node)
    if (scope.kind !== 'block' || isStrict(node)) return
    // Annex B: in sloppy code a function in a block is a variable of the whole function as well.
    const around = variableScope(scope)
    const shared = around.bindings.get(node.name.text)
    if (shared === undefined) {
      const binding: Binding = { name: node.name.text, scope: around, declarations: [], references: [] }
      around.bindings.set(node.name.text, binding)
      binding.declarations.push({ kind: 'function', identifier: node.name, node })
    } else shared.declarations.push({ kind: 'function', identifier: node.name, node })
  }

  const visit = (node: ts.Node, scope: Scope): void => {
    if (plain.has(node.kind)) return visitChildren(node, scope)
    if (ts.isFunctionDeclaration(node)) declareFunction(node, scope)
    if (isFunctionNode(node)) return visitFunction(node, scope)
    if (ts.isClassLike(node)) return visitClass(node, scope)
    if (ts.isVariableDeclaration(node)) declareVariable(node, scope)
    else if (ts.isParameter(node) && !opensTypes(node.parent)) {
      for (const name of boundIdentifiers(node.name)) declare(scope, name, 'parameter', node)
    } else if (ts.isCatchClause(node)) return visitChildren(node, open(node, 'catch', scope))
    else if (ts.isClassStaticBlockDeclaration(node)) return visitChildren(node, open(node, 'function', scope))
    else if (declareImport(node, scope)) return undefined
    else declareType(node, scope)
    return visitChildren(node, opensBlock(node) || opensTypes(node) ? open(node, 'block', scope) : scope)
  }

  const declareVariable = (node: ts.VariableDeclaration, scope: Scope): void => {
    const names = boundIdentifiers(node.name)
    if (ts.isCatchClause(node.parent)) {
      for (const name of names) declare(scope, name, 'catch', node)
      return
    }
    const kind = variableKind(node.parent)
    const target = kind === 'var' ? variableScope(scope) : scope
    for (const name of names) declare(target, name, kind, node)
  }

  const declareImport = (node: ts.Node, scope: Scope): boolean => {
    if (ts.isImportClause(node)) {
      if (node.name) declare(scope, node.name, 'import', node)
      if (node.namedBindings) visit(node.namedBindings, scope)
      return true
    }
    if (ts.isNamespaceImport(node) || ts.isImportSpecifier(node)) {
      declare(scope, node.name, 'import', node)
      return true
    }
    return false
  }

  const declareType = (node: ts.Node, scope: Scope): void => {
    if (ts.isImportEqualsDeclaration(node)) declare(scope, node.name, 'import', node)
    else if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) declare(scope, node.name, 'type', node)
    else if (ts.isEnumDeclaration(node)) declare(scope, node.name, 'class', node)
    else if (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name)) declare(scope, node.name, 'class', node)
    else if (ts.isTypeParameterDeclaration(node)) declare(scope, node.name, 'type', node)
  }

  visitChildren(file, root)
  return { root, scopes, declared }
}

/** The scope that a `var` belongs to. */
export const variableScope = (scope: Scope): Scope => {
  let at = scope
  while (at.kind !== 'module' && at.kind !== 'function' && !ts.isModuleBlock(at.node)) at = at.parent!
  return at
}
