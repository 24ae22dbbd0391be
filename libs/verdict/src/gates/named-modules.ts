import path from 'node:path'
import ts from 'typescript'

/** What the text of a code file says about the modules that it may ask for. */
export interface NamedModules {
  /** Every text in it: what begins with `.`, or with the name of a package, could name a module. */
  readonly texts: ReadonlySet<string>
  /** A name is put together at run time, or whole folders are loaded: it may be any module. */
  readonly isComputed: boolean
  /** What is imported under a name of its own, from where. */
  readonly imports: readonly Imported[]
}

export interface Imported {
  readonly from: string
  readonly name: string
}

const isPlace = (node: ts.Node): boolean => {
  if (ts.isIdentifier(node)) return node.text === '__dirname' || node.text === '__filename'
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isMetaProperty(node.expression) &&
    ['url', 'dirname', 'filename', 'resolve'].includes(node.name.text)
  )
}

/** `{ cwd: __dirname }`: where a program runs. */
const isWorkingFolder = ({ parent }: ts.Node): boolean =>
  ts.isPropertyAssignment(parent) && parent.name.getText() === 'cwd'

const isName = (node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  return (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent)) && parent.name === node
}

const asksByText = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && node.arguments.length > 0 && ts.isStringLiteralLike(node.arguments[0]!)

/** `require` is safe to be seen where a text stands in its call, or where nothing is asked for. */
const isPlainRequire = (node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isTypeOfExpression(parent)) return true
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return parent.name.text === 'main'
  return ts.isCallExpression(parent) && parent.expression === node && asksByText(parent)
}

/** As members, or where `require` itself is handed on. */
const asksByName = new Set(['eval', 'createRequire', 'require'])

/** Packages that load modules for whoever gives them a name, or the name of a folder. */
const loaders = new Set(
  (
    'proxyquire proxyquireify rewire esmock mockery mock-require sandboxed-module testdouble decache clear-module ' +
    'import-fresh import-from require-uncached require-from-string require-all require-dir require-directory ' +
    'requireindex require-glob include-all import-all'
  ).split(' '),
)

const isComputedAt = (node: ts.Node): boolean => {
  if (isPlace(node)) return !isWorkingFolder(node)
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return !asksByText(node)
  if (ts.isPropertyAccessExpression(node) && asksByName.has(node.name.text)) return true
  if (ts.isStringLiteralLike(node))
    return loaders.has(node.text) || (ts.isElementAccessExpression(node.parent) && asksByName.has(node.text))
  if (ts.isMetaProperty(node))
    return node.keywordToken === ts.SyntaxKind.ImportKeyword && !ts.isPropertyAccessExpression(node.parent)
  if (!ts.isIdentifier(node)) return false
  if (node.text === 'require') return !isName(node) && !isPlainRequire(node)
  return asksByName.has(node.text)
}

/** The beginning of a name whose end is put behind it: `'../lib/' + name`. */
const isBeginning = (node: ts.Node): boolean => {
  if (ts.isTemplateHead(node)) return /^\.{1,2}\//.test(node.text)
  if (!ts.isStringLiteralLike(node) || !ts.isBinaryExpression(node.parent)) return false
  return node.parent.operatorToken.kind === ts.SyntaxKind.PlusToken && /^\.{1,2}\//.test(node.text)
}

const named = (list: ts.NamedImports | ts.NamedExports): string[] =>
  [...list.elements]
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ propertyName, name }) => (propertyName ?? name).text)

const importsOf = (node: ts.Node): Imported[] => {
  if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return []
  const { moduleSpecifier } = node
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return []
  const names: string[] = []
  if (ts.isExportDeclaration(node)) {
    if (node.exportClause !== undefined && ts.isNamedExports(node.exportClause)) names.push(...named(node.exportClause))
  } else {
    if (node.importClause?.name !== undefined) names.push('default')
    const bindings = node.importClause?.namedBindings
    if (bindings !== undefined && ts.isNamedImports(bindings)) names.push(...named(bindings))
  }
  return names.map((name) => ({ from: moduleSpecifier.text, name }))
}

/** Reads a code file, without running it. */
export const namedModules = (file: string, text: string): NamedModules => {
  const texts = new Set<string>()
  const imports: Imported[] = []
  let isComputed = false
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text)
    imports.push(...importsOf(node))
    isComputed ||= isComputedAt(node) || isBeginning(node)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
  return { texts, isComputed, imports }
}

const endings = ['', '.js', '.cjs', '.mjs', '.json', '.node', '.ts', '.tsx', '.jsx', '.mts', '.cts']

/** The files that a name can mean, from a folder: with an ending, or the index of a folder of that name. */
export const candidatesOf = (folder: string, name: string): string[] => {
  const base = path.posix.join(folder, name.replace(/[?#].*$/s, '')).replace(/\/$/, '')
  const index = path.posix.join(base, 'index')
  return [base, index].flatMap((each) => endings.map((ending) => path.posix.normalize(`${each}${ending}`)))
}
