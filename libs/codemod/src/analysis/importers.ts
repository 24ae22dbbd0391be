import ts from 'typescript'

import { asBuffer } from '@iama/patch'

import type { Project } from '../project.ts'
import { contains, walk } from '../syntax/nodes.ts'
import { readJsonObject } from './package-facts.ts'

/** Who imports what in a tree. */
export interface Importers {
  /** Why what imports what cannot be told; undefined where it can. */
  readonly problem: string | undefined
  /** By module and exported name: the modules that import it. */
  readonly named: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>
  /** Modules that are imported as a whole, loaded at run time or passed on: whose names are used cannot be told. */
  readonly whole: ReadonlySet<string>
}

const known = new WeakMap<Project, Importers>()

const problemOf = (project: Project): string | undefined => {
  const json = readJsonObject(project.tree, 'package.json') ?? {}
  if (!project.package.hasExportsMap) return 'package.json has no exports map, so that users can import every file'
  if (json.workspaces !== undefined) return 'other packages of the workspace can import the file'
  if (json.imports !== undefined) return 'package.json has aliases for imports'
  for (const [path, { content }] of project.tree) {
    if (/\.(vue|svelte|astro|html?|mdx)$/.test(path)) return `${path} can import what is not seen here`
    if (/(^|\/)[tj]sconfig[^/]*\.json$/.test(path) && /"(paths|baseUrl)"/.test(asBuffer(content).toString()))
      return `${path} may have aliases for imports`
  }
  const isHidden = (node: ts.Node): boolean => {
    if (!ts.isCallExpression(node)) return false
    // of bundlers: all files that a pattern names
    if (ts.isPropertyAccessExpression(node.expression) && /^(glob|globEager|context)$/.test(node.expression.name.text))
      return ts.isMetaProperty(node.expression.expression) || node.expression.expression.getText() === 'require'
    const isLoader =
      node.expression.kind === ts.SyntaxKind.ImportKeyword ||
      (ts.isIdentifier(node.expression) && node.expression.text === 'require')
    return isLoader && !(node.arguments[0] && ts.isStringLiteralLike(node.arguments[0]))
  }
  const hidden = project.units.find((unit) => contains(unit.file, isHidden))
  return hidden ? `${hidden.path} loads a module by a computed name` : undefined
}

const read = (project: Project): Importers => {
  const named = new Map<string, Map<string, Set<string>>>()
  const whole = new Set<string>()
  for (const unit of project.units) {
    const target = (specifier: ts.Node | undefined): string | undefined =>
      specifier && ts.isStringLiteralLike(specifier) ? project.imports.resolve(unit.path, specifier.text) : undefined
    const use = (path: string, name: string): void => {
      const names = named.get(path) ?? new Map<string, Set<string>>()
      named.set(path, names.set(name, (names.get(name) ?? new Set()).add(unit.path)))
    }
    walk(unit.file, (node) => {
      // the same file, loaded once more
      if (ts.isStringLiteralLike(node) && /^\..*[?#]/.test(node.text)) {
        const path = project.imports.resolve(unit.path, node.text.replace(/[?#].*/, ''))
        if (path) whole.add(path)
      }
      if (ts.isCallExpression(node) || ts.isImportTypeNode(node) || ts.isExternalModuleReference(node)) {
        walk(node, (each) => {
          const path = target(each)
          if (path) whole.add(path)
        })
      }
      if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return
      const path = target(node.moduleSpecifier)
      if (!path) return
      const names = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause
      if (names && (ts.isNamedImports(names) || ts.isNamedExports(names))) {
        for (const each of names.elements) use(path, (each.propertyName ?? each.name).text)
      } else if (names || ts.isExportDeclaration(node)) whole.add(path)
    })
  }
  return { problem: problemOf(project), named, whole }
}

/** Read once for a tree. */
export const importersOf = (project: Project): Importers => {
  const importers = known.get(project) ?? read(project)
  known.set(project, importers)
  return importers
}
