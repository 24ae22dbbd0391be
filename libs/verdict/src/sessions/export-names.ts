import ts from 'typescript'

/** What a module's text says about how it exports. */
export interface ModuleShape {
  readonly esm: boolean
  /** Value exports of an ES module, `default` among them; re-exports by `export *` are in `stars`. */
  readonly names: readonly string[]
  readonly stars: readonly string[]
  readonly syntaxError: boolean
}

const modifier = (node: ts.Node, kind: ts.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((each) => each.kind === kind) ?? false)

const boundNames = (name: ts.BindingName): string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []))

const isTypeOnly = (node: ts.Statement): boolean =>
  ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || modifier(node, ts.SyntaxKind.DeclareKeyword)

const declared = (node: ts.Statement): string[] => {
  if (!modifier(node, ts.SyntaxKind.ExportKeyword) || isTypeOnly(node)) return []
  if (modifier(node, ts.SyntaxKind.DefaultKeyword)) return ['default']
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.flatMap(({ name }) => boundNames(name))
  if (
    (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) &&
    node.name !== undefined
  )
    return [node.name.text]
  return []
}

/** Reads the exports of a module from its text, without running it. */
export const moduleShape = (path: string, text: string): ModuleShape => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false)
  const names = new Set<string>()
  const stars: string[] = []
  let esm = false
  for (const node of source.statements) {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isExportAssignment(node)) esm = true
    if (modifier(node, ts.SyntaxKind.ExportKeyword)) esm = true
    for (const name of declared(node)) names.add(name)
    if (ts.isExportAssignment(node) && node.isExportEquals !== true) names.add('default')
    if (!ts.isExportDeclaration(node) || node.isTypeOnly) continue
    const { exportClause, moduleSpecifier } = node
    if (exportClause === undefined && moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier))
      stars.push(moduleSpecifier.text)
    else if (exportClause !== undefined && ts.isNamedExports(exportClause))
      for (const element of exportClause.elements) if (!element.isTypeOnly) names.add(element.name.text)
    if (exportClause !== undefined && ts.isNamespaceExport(exportClause)) names.add(exportClause.name.text)
  }
  const { parseDiagnostics } = source as unknown as { parseDiagnostics?: readonly unknown[] }
  return { esm, names: [...names], stars, syntaxError: (parseDiagnostics?.length ?? 0) > 0 }
}
