import ts from 'typescript'

import { readJsonObject } from '../analysis/package-facts.ts'
import type { FileContext } from '../engine/file-context.ts'
import type { Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import type { Project } from '../project.ts'
import { contains, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. The word `export` may go from a declaration that no other module of the tree imports, when nobody
 * else can: package.json has an `exports` map, so that users reach only the modules that it names, and this is none of
 * them. Nothing in the tree may load modules in a way that cannot be seen: by a computed name, by an alias (`imports`,
 * `paths`, workspaces), from a file of another language. A module that is imported as a whole, loaded by import() or
 * require, or passed on by `export *` keeps all its exports. The name must be used in its own file: what nobody uses at
 * all is a matter of its own.
 */

interface Importers {
  /** Why what imports what cannot be told; undefined where it can. */
  readonly problem: string | undefined
  readonly named: ReadonlyMap<string, ReadonlySet<string>>
  readonly whole: ReadonlySet<string>
}

const known = new WeakMap<Project, Importers>()

const problemOf = (project: Project): string | undefined => {
  const json = readJsonObject(project.tree, 'package.json') ?? {}
  if (!project.package.hasExportsMap) return 'package.json has no exports map, so that users can import every file'
  if (json.workspaces !== undefined) return 'other packages of the workspace can import the file'
  if (json.imports !== undefined) return 'package.json has aliases for imports'
  for (const path of project.tree.keys()) {
    if (/\.(vue|svelte|astro|html?|mdx)$/.test(path)) return `${path} can import what is not seen here`
    if (/(^|\/)[tj]sconfig[^/]*\.json$/.test(path) && /"(paths|baseUrl)"/.test(String(project.tree.get(path)!.content)))
      return `${path} may have aliases for imports`
  }
  const isHidden = (node: ts.Node): boolean => {
    if (!ts.isCallExpression(node)) return false
    const isLoader =
      node.expression.kind === ts.SyntaxKind.ImportKeyword ||
      (ts.isIdentifier(node.expression) && node.expression.text === 'require')
    return isLoader && !(node.arguments[0] && ts.isStringLiteralLike(node.arguments[0]))
  }
  const hidden = project.units.find((unit) => contains(unit.file, isHidden))
  return hidden ? `${hidden.path} loads a module by a computed name` : undefined
}

const read = (project: Project): Importers => {
  const named = new Map<string, Set<string>>()
  const whole = new Set<string>()
  for (const unit of project.units) {
    const target = (specifier: ts.Node | undefined): string | undefined =>
      specifier && ts.isStringLiteralLike(specifier) ? project.imports.resolve(unit.path, specifier.text) : undefined
    const use = (path: string, name: string): void => {
      named.set(path, (named.get(path) ?? new Set()).add(name))
    }
    walk(unit.file, (node) => {
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

const importersOf = (project: Project): Importers => {
  const importers = known.get(project) ?? read(project)
  known.set(project, importers)
  return importers
}

const declaredNames = (node: ts.Statement): ts.Identifier[] => {
  if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name) return [node.name]
  if (!ts.isVariableStatement(node)) return []
  const names = node.declarationList.declarations.map(({ name }) => name)
  return names.every(ts.isIdentifier) ? names : []
}

const exportWord = (node: ts.Statement): ts.Modifier | undefined => {
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : []
  if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword || kind === ts.SyntaxKind.DeclareKeyword))
    return undefined
  return modifiers.find(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
}

const isUsedHere = (name: ts.Identifier, file: FileContext): boolean =>
  (file.scopes.declaredBy(name)?.references.length ?? 0) > 0

export const unusedExports: Recipe = {
  id: 'unused-exports',
  title: 'exports that nobody imports',
  family: 'structure',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    const { project, unit } = file
    if (unit.moduleKind !== 'esm' || project.package.importableModules.includes(unit.path)) return
    const importers = importersOf(project)
    for (const statement of unit.file.statements) {
      const word = exportWord(statement)
      const names = declaredNames(statement)
      if (!word || names.length === 0 || names.some(({ text }) => importers.named.get(unit.path)?.has(text))) continue
      if (importers.whole.has(unit.path)) findings.refuse(statement, 'the module is imported as a whole')
      else if (importers.problem) findings.refuse(statement, importers.problem)
      else if (!names.every((name) => isUsedHere(name, file))) findings.refuse(statement, 'nobody uses it at all')
      else {
        const next = startOf(statement, file) + 'export'.length
        findings.edit({
          at: statement,
          title: `${names.map(({ text }) => text).join(', ')} is not exported any more`,
          reason: 'no module of the package imports it, and users cannot reach the file',
          changes: [
            { start: startOf(word, file), end: next + /^\s*/.exec(file.text.slice(next))![0].length, text: '' },
          ],
        })
      }
    }
  },
}
