import path from 'node:path'
import ts from 'typescript'

/** Emitted declarations by path. */
export type Declarations = ReadonlyMap<string, string>

/** What a declaration file says, in pieces: what it declares, takes from elsewhere and exports. */
interface Pieces {
  /** By name; overloads and merged declarations in their order. */
  readonly declared: Map<string, string[]>
  /** `name as local from module`. */
  readonly imported: Set<string>
  /** `local as name`, and whole exports from elsewhere. */
  readonly exported: Set<string>
  /** What is none of these, as it is written. */
  readonly others: string[]
}

const isExportWord = ({ kind }: ts.ModifierLike): boolean => kind === ts.SyntaxKind.ExportKeyword

const withoutExport = (node: ts.Statement, file: ts.SourceFile): string => {
  const word = ts.canHaveModifiers(node) ? ts.getModifiers(node)?.find(isExportWord) : undefined
  const text = node.getText(file)
  const bare = word
    ? text.slice(0, word.getStart(file) - node.getStart(file)) + text.slice(word.end - node.getStart(file))
    : text
  return bare.replace(/^\s*declare\s+/, '').trim()
}

const namesOf = (node: ts.Statement): string[] => {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.getText())
  if (ts.isModuleDeclaration(node)) return []
  const { name } = node as ts.Statement & { readonly name?: ts.Identifier }
  return name ? [name.text] : []
}

const specifierOf = (node: ts.ImportDeclaration | ts.ExportDeclaration): string | undefined =>
  node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined

const importedBy = (node: ts.ImportDeclaration): [name: string, local: string][] => {
  const bindings = node.importClause?.namedBindings
  const named = !bindings
    ? []
    : ts.isNamespaceImport(bindings)
      ? [['*', bindings.name.text] as [string, string]]
      : bindings.elements.map(({ name, propertyName }): [string, string] => [(propertyName ?? name).text, name.text])
  return node.importClause?.name ? [['default', node.importClause.name.text], ...named] : named
}

const piecesOf = (name: string, text: string, isFolded: (specifier: string) => boolean): Pieces => {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const pieces: Pieces = { declared: new Map(), imported: new Set(), exported: new Set(), others: [] }
  for (const node of file.statements) {
    const from = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? specifierOf(node) : undefined
    const folded = from !== undefined && isFolded(from)
    if (ts.isImportDeclaration(node) && node.importClause) {
      for (const [each, local] of importedBy(node)) {
        if (!folded) pieces.imported.add(`${each} as ${local} from ${from}`)
        else if (each !== local) pieces.others.push(node.getText(file))
      }
    } else if (ts.isExportDeclaration(node) && node.exportClause && ts.isNamedExports(node.exportClause)) {
      const source = from === undefined || folded ? '' : ` from ${from}`
      for (const { name: outer, propertyName } of node.exportClause.elements)
        pieces.exported.add(`${(propertyName ?? outer).text} as ${outer.text}${source}`)
    } else {
      const names = namesOf(node)
      if (names.length === 0) pieces.others.push(node.getText(file))
      const isExported = ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(isExportWord)
      for (const each of names) {
        pieces.declared.set(each, [...(pieces.declared.get(each) ?? []), withoutExport(node, file)])
        if (isExported) pieces.exported.add(`${each} as ${each}`)
      }
    }
  }
  return pieces
}

const sameList = (one: readonly string[] | undefined, other: readonly string[] | undefined): boolean =>
  JSON.stringify(one ?? []) === JSON.stringify(other ?? [])

const sameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((each) => other.has(each))

/** Whether a name that only a new file knows stands in what moved there: then that no longer means what it did. */
const bringsOtherMeaning = (made: Pieces, was: Pieces): boolean => {
  const extra = [
    ...[...made.declared.keys()].filter((name) => !was.declared.has(name)),
    ...[...made.imported].filter((each) => !was.imported.has(each)).map((each) => each.split(' ')[2]!),
  ]
  const moved = [...made.declared].filter(([name]) => was.declared.has(name)).flatMap(([, texts]) => texts)
  const words = new Set(moved.flatMap((text) => text.match(/[\w$]+/g) ?? []))
  return extra.some((name) => words.has(name))
}

/**
 * Whether a declaration file says what it said, when what new files declare is read as if it still stood in it: the
 * same exports, each with the same declaration, over the same imports.
 * @param added declaration files of approved new modules, by path
 */
export const saysTheSame = (name: string, before: string, after: string, added: Declarations): boolean => {
  const resolve = (specifier: string): string | undefined => {
    if (!specifier.startsWith('.')) return undefined
    const stem = path.posix.join(path.posix.dirname(name), specifier).replace(/\.[cm]?[jt]sx?$/, '')
    return [...added.keys()].find((each) => each.replace(/\.d\.[cm]?ts$/, '') === stem)
  }
  const was = piecesOf(name, before, () => false)
  const is = piecesOf(name, after, (specifier) => resolve(specifier) !== undefined)
  const folded = ts
    .preProcessFile(after, true)
    .importedFiles.flatMap(({ fileName }) => resolve(fileName) ?? [])
    .filter((each, at, all) => all.indexOf(each) === at)
    .map((each) => piecesOf(each, added.get(each)!, () => false))
  if (folded.some(({ others }) => others.length > 0) || !sameList(was.others, is.others)) return false
  if (!sameSet(was.exported, is.exported)) return false
  for (const [local, texts] of was.declared) {
    const found = [is, ...folded].filter(({ declared }) => declared.has(local))
    if (found.length !== 1 || !sameList(texts, found[0]!.declared.get(local))) return false
  }
  if (folded.some((each) => bringsOtherMeaning(each, was))) return false
  const imported = new Set([is, ...folded].flatMap((each) => [...each.imported]))
  // what only serves the new files' own business may come with them; what an export of the old one needs is there
  return (
    [...is.declared.keys()].every((each) => was.declared.has(each)) &&
    [...is.imported].every((each) => was.imported.has(each)) &&
    [...was.imported].every((each) => imported.has(each))
  )
}
