import path from 'node:path'
import ts from 'typescript'

import { folderOf, joinPath } from '../analysis/import-graph.ts'
import { importersOf } from '../analysis/importers.ts'
import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { endsLine, removalOf, semicolonIn, startOf, startsLine } from '../engine/rewrite.ts'
import { freeNames } from '../syntax/names.ts'
import { within } from '../syntax/nodes.ts'
import type { Binding } from '../syntax/scopes.ts'
import { exportedFunction } from './movable-code.ts'
import { clauseWith } from './unused-imports.ts'

/** What a name that is imported stands for. */
interface Imported {
  readonly declaration: ts.ImportDeclaration
  readonly specifier: string
  /** The module of the tree, or the package. */
  readonly module: string
  /** `*` for the whole module. */
  readonly name: string
  /** Only to the compiler: there is nothing of that name when the code runs. */
  readonly typeOnly: boolean
}

/** What has to change around a declaration that moves, or why it cannot. */
export type Moving =
  | { readonly problem: string }
  | {
      readonly problem?: undefined
      /** Imports that come to the new file. */
      readonly added: readonly Change[]
      /** Imports that the old file needs no longer. */
      readonly dropped: readonly Change[]
    }

const importedBy = (binding: Binding, file: FileContext): Imported | undefined => {
  const [sole, more] = binding.declarations
  if (!sole || more || sole.kind !== 'import') return undefined
  let declaration: ts.Node = sole.node
  while (!ts.isImportDeclaration(declaration)) {
    if (ts.isSourceFile(declaration)) return undefined
    declaration = declaration.parent
  }
  if (declaration.attributes) return undefined
  const { text: specifier } = declaration.moduleSpecifier as ts.StringLiteral
  const module = specifier.startsWith('.') ? file.project.imports.resolve(file.unit.path, specifier) : specifier
  if (module === undefined) return undefined
  const typeOnly = declaration.importClause!.isTypeOnly || (ts.isImportSpecifier(sole.node) && sole.node.isTypeOnly)
  const name = ts.isImportSpecifier(sole.node)
    ? (sole.node.propertyName ?? sole.node.name).text
    : ts.isNamespaceImport(sole.node)
      ? '*'
      : 'default'
  return { declaration, specifier, module, name, typeOnly }
}

const givesTheSame = (wanted: Imported, there: Imported | undefined): boolean =>
  there !== undefined &&
  wanted.module === there.module &&
  wanted.name === there.name &&
  (wanted.typeOnly || !there.typeOnly)

/** Whether a name of one file means the same at the top of another: a global in both, or imported from the same place. */
export const meansTheSameThere = (
  name: string,
  binding: Binding | undefined,
  from: FileContext,
  to: FileContext,
): boolean => {
  const there = to.scopes.root.bindings.get(name)
  const imported = binding && importedBy(binding, from)
  if (!imported) return binding === undefined && there === undefined
  return there !== undefined && givesTheSame(imported, importedBy(there, to))
}

const importsOf = ({ file }: FileContext): ts.ImportDeclaration[] => file.statements.filter(ts.isImportDeclaration)

const importsFrom = (module: string, file: FileContext): boolean =>
  importsOf(file).some(({ moduleSpecifier }) => {
    const { text } = moduleSpecifier as ts.StringLiteral
    return module === (text.startsWith('.') ? file.project.imports.resolve(file.unit.path, text) : text)
  })

/** Whether a name is a function of the tree that nobody else imports: it may move itself, and be exported no more. */
const movesItself = ({ module, name }: Imported, { project }: FileContext): boolean => {
  const statements = project.units.find(({ path }) => path === module)?.file.statements ?? []
  const isFunction = statements.some((statement) => exportedFunction(statement)?.text === name)
  return isFunction && importersOf(project).named.get(module)?.get(name)?.size === 1
}

/** Why a name cannot be imported by another file as well. */
const importProblem = (name: string, { module }: Imported, to: FileContext): string | undefined => {
  const { path: other } = to.unit
  if (to.scopes.root.bindings.has(name) || to.scopes.globals.has(name))
    return `${name} means something else in ${other}`
  if (module === to.unit.path) return `it takes ${name} from the file that it would move to`
  return importsFrom(module, to) ? `${other} imports other names from the module of ${name}` : undefined
}

/** The statements that import names elsewhere, as the last import there is written: one for a module. */
const importTexts = (names: ReadonlyMap<string, Imported>, from: FileContext, to: FileContext): string => {
  const quote = to.text[startOf(importsOf(to).at(-1)!.moduleSpecifier, to)]!
  const semicolon = semicolonIn(to)
  const byDeclaration = Map.groupBy(names, ([, { declaration }]) => declaration)
  const statements = [...byDeclaration].map(([declaration, imported]) => {
    const { specifier } = imported[0]![1]
    const isType = imported.every(([, { typeOnly }]) => typeOnly)
    const named = imported
      .filter(([, { name }]) => name !== '*' && name !== 'default')
      .map(
        ([local, { name, typeOnly }]) =>
          `${typeOnly && !isType ? 'type ' : ''}${name === local ? name : `${name} as ${local}`}`,
      )
    const whole = imported.flatMap(([local, { name }]) => (name === '*' ? [`* as ${local}`] : []))
    const usual = imported.flatMap(([local, { name }]) => (name === 'default' ? [local] : []))
    const clause = [...usual, ...whole, ...(named.length > 0 ? [`{ ${named.join(', ')} }`] : [])].join(', ')
    const there = specifierFrom(specifier, from.unit.path, to.unit.path)
    return {
      at: declaration.pos,
      text: `import ${isType ? 'type ' : ''}${clause} from ${quote}${there}${quote}${semicolon}\n`,
    }
  })
  return statements
    .sort((one, other) => one.at - other.at)
    .map(({ text }) => text)
    .join('')
}

export const specifierFrom = (specifier: string, from: string, to: string): string => {
  if (!specifier.startsWith('.')) return specifier
  const relative = path.posix.relative(folderOf(to), joinPath(folderOf(from), specifier) ?? '')
  return relative.startsWith('.') ? relative : `./${relative}`
}

const endOfImports = (file: FileContext): number | undefined => {
  const last = importsOf(file).at(-1)!
  return startsLine(last, file) && endsLine(last.end, file) ? removalOf(last, file).end : undefined
}

/** The old file's imports without names that only the moved code used; their modules are loaded as before. */
const droppedFrom = (names: ReadonlyMap<ts.Identifier, Imported>, file: FileContext): Change[] => {
  const byDeclaration = Map.groupBy(names, ([, { declaration }]) => declaration)
  return [...byDeclaration].map(([declaration, gone]) => {
    const clause = declaration.importClause!
    const nodes = new Set<ts.Node>(gone.map(([name]) => name))
    const bindings = clause.namedBindings
    const elements = bindings && ts.isNamedImports(bindings) ? [...bindings.elements] : bindings ? [bindings] : []
    const all: ts.Node[] = clause.name ? [clause.name, ...elements] : elements
    const nameIn = (node: ts.Node): ts.Node =>
      ts.isImportSpecifier(node) || ts.isNamespaceImport(node) ? node.name : node
    const kept = new Set(all.filter((node) => !nodes.has(nameIn(node))))
    const text = clauseWith(clause, kept, file)
    if (text !== '')
      return { start: startOf(clause, file), end: clause.end, text: (clause.isTypeOnly ? 'type ' : '') + text }
    const [, { specifier }] = gone[0]!
    if (clause.isTypeOnly || specifier.startsWith('node:')) return removalOf(declaration, file)
    return { start: startOf(clause, file), end: startOf(declaration.moduleSpecifier, file), text: '' }
  })
}

/** What becomes of imports that nothing but this code uses when it goes; a text says why they cannot go with it. */
export const importsOnlyFor = (code: ts.Statement, file: FileContext): readonly Change[] | string => {
  const dropped = new Map<ts.Identifier, Imported>()
  for (const [, binding] of freeNames(code, file.scopes)) {
    const imported = binding && importedBy(binding, file)
    const isLeftOver = binding?.references.every(({ identifier }) => within(identifier, code))
    if (imported && isLeftOver) dropped.set(binding!.declarations[0]!.identifier, imported)
  }
  for (const { declaration } of dropped.values()) {
    if (file.hasComment(startOf(declaration, file), declaration.end)) return 'a comment stands in an import'
  }
  return droppedFrom(dropped, file)
}

/**
 * How a declaration at the top of one file means the same at the top of another that imports the first: every name that
 * it takes from outside is a global in both, or imported from the same place by both. What only the one imports, the
 * other does then, too, after all its imports: those modules were loaded before, by way of the first file.
 * @param own the name that it declares
 */
export const movingNames = (code: ts.Statement, own: string, from: FileContext, to: FileContext): Moving => {
  const added = new Map<string, Imported>()
  for (const [name, binding] of freeNames(code, from.scopes)) {
    if (name === own) continue
    const there = to.scopes.root.bindings.get(name)
    if (binding === undefined) {
      if (there) return { problem: `${name} means something else in ${to.unit.path}` }
      continue
    }
    const imported = importedBy(binding, from)
    if (!imported) return { problem: `it uses ${name}, which stands in its file` }
    if (!there || !givesTheSame(imported, importedBy(there, to))) {
      const problem = movesItself(imported, from) ? `${name} may move, too` : importProblem(name, imported, to)
      if (problem) return { problem }
      added.set(name, imported)
    }
  }
  const dropped = importsOnlyFor(code, from)
  if (typeof dropped === 'string') return { problem: dropped }
  const end = endOfImports(to)
  if (end === undefined) return { problem: `the imports of ${to.unit.path} share their lines` }
  const place = { start: end, end, text: importTexts(added, from, to) }
  return { added: added.size > 0 ? [place] : [], dropped }
}
