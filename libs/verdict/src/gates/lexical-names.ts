import ts from 'typescript'

const isScope = (node: ts.Node): boolean =>
  ts.isFunctionLike(node) ||
  ts.isBlock(node) ||
  ts.isSourceFile(node) ||
  ts.isCatchClause(node) ||
  ts.isForStatement(node) ||
  ts.isForInStatement(node) ||
  ts.isForOfStatement(node) ||
  ts.isCaseBlock(node) ||
  ts.isClassLike(node) ||
  ts.isModuleBlock(node)

const boundNames = (name: ts.BindingName): string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []))

const enclosing = (node: ts.Node, wanted: (each: ts.Node) => boolean): ts.Node => {
  let at = node.parent
  while (!wanted(at) && !ts.isSourceFile(at)) at = at.parent
  return at
}

/** `var` belongs to its function, everything else to the nearest block. */
const ownerOf = (node: ts.VariableDeclaration): ts.Node => {
  const isVar = ts.isVariableDeclarationList(node.parent) && (node.parent.flags & ts.NodeFlags.BlockScoped) === 0
  return enclosing(node, isVar ? ts.isFunctionLike : isScope)
}

/** Which names each scope of a file declares; enough to tell a local name from a global one. */
export const declaredNames = (source: ts.SourceFile): ReadonlyMap<ts.Node, ReadonlySet<string>> => {
  const found = new Map<ts.Node, Set<string>>()
  const declare = (scope: ts.Node, names: readonly string[]): void => {
    const known = found.get(scope) ?? new Set()
    names.forEach((name) => known.add(name))
    found.set(scope, known)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node)) declare(ownerOf(node), boundNames(node.name))
    else if (ts.isParameter(node)) declare(node.parent, boundNames(node.name))
    else if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) && node.name)
      declare(enclosing(node, isScope), [node.name.text])
    else if ((ts.isFunctionExpression(node) || ts.isClassExpression(node)) && node.name) declare(node, [node.name.text])
    else if ((ts.isImportClause(node) || ts.isImportSpecifier(node) || ts.isNamespaceImport(node)) && node.name)
      declare(source, [node.name.text])
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** Whether an identifier stands for a value that no scope around it declares. */
export const isGlobalName = (node: ts.Identifier, declared: ReadonlyMap<ts.Node, ReadonlySet<string>>): boolean => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false
  if ((ts.isPropertyAssignment(parent) || ts.isClassElement(parent)) && parent.name === node) return false
  if (ts.isBindingElement(parent) && parent.propertyName === node) return false
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isLabeledStatement(parent)) return false
  if (ts.isBreakOrContinueStatement(parent) || ts.isMetaProperty(parent)) return false
  for (let at: ts.Node = parent; at !== undefined; at = at.parent) if (declared.get(at)?.has(node.text)) return false
  return true
}
