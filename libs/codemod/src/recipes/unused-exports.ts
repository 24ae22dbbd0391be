import ts from 'typescript'

import { importersOf } from '../analysis/importers.ts'
import type { FileContext } from '../engine/file-context.ts'
import type { Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'

/*
 * Proof obligation. The word `export` may go from a declaration that no other module of the tree imports, when nobody
 * else can: package.json has an `exports` map, so that users reach only the modules that it names, and this is none of
 * them. Nothing in the tree may load modules in a way that cannot be seen: by a computed name, by an alias (`imports`,
 * `paths`, workspaces), from a file of another language. A module that is imported as a whole, loaded by import() or
 * require, or passed on by `export *` keeps all its exports. The name must be used in its own file: what nobody uses at
 * all is a matter of its own.
 */

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
