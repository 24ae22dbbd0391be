import ts from 'typescript'

import { readTsOptions } from '../floor/package-sources.ts'
import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { decodeSource } from '../text.ts'

/*
 * Proof obligation. `import { T } from 'm'` may become `import type { T } from 'm'` when every name of it is used as a
 * type only: the compiler leaves such an import out already, so that nothing is loaded before and after. That is so
 * unless the project asks to keep imports (verbatimModuleSyntax, preserveValueImports, importsNotUsedAsValues) or writes
 * types into decorators' metadata; without a tsconfig.json nobody knows who takes the types out. A default import with
 * names beside it cannot be type-only as a whole.
 */

const keepsImports = (file: FileContext): string | undefined => {
  const { tree } = file.project
  if (readTsOptions(tree) === undefined) return 'there is no tsconfig.json that says how imports are left out'
  for (const [path, { content }] of tree) {
    if (!/(^|\/)tsconfig[^/]*\.json$/.test(path)) continue
    const text = decodeSource(content)?.text ?? ''
    const option = /verbatimModuleSyntax|preserveValueImports|importsNotUsedAsValues|emitDecoratorMetadata/.exec(text)
    if (option) return `${path} sets ${option[0]}`
    if (/"extends"/.test(text) && !/"extends"\s*:\s*"\./.test(text)) return `${path} takes options from another package`
  }
  return undefined
}

const namesOf = (clause: ts.ImportClause): ts.Identifier[] => {
  const { name, namedBindings } = clause
  const named = !namedBindings
    ? []
    : ts.isNamespaceImport(namedBindings)
      ? [namedBindings.name]
      : namedBindings.elements.map((element) => element.name)
  return name ? [name, ...named] : named
}

const convert = (node: ts.ImportDeclaration, clause: ts.ImportClause, file: FileContext, findings: Findings): void => {
  const names = namesOf(clause)
  const bindings = names.map((name) => file.scopes.declaredBy(name))
  const isType = bindings.every(
    (each) => each && each.references.length > 0 && each.references.every((use) => use.typeOnly),
  )
  if (names.length === 0 || !isType) return
  const elements = clause.namedBindings && ts.isNamedImports(clause.namedBindings) ? clause.namedBindings.elements : []
  if (elements.some(({ isTypeOnly }) => isTypeOnly))
    return findings.refuse(node, 'some of its names are marked already')
  if (clause.name && clause.namedBindings) return findings.refuse(node, 'a default import stands beside other names')
  const problem = keepsImports(file)
  if (problem) return findings.refuse(node, problem)
  const start = startOf(clause, file)
  findings.edit({
    at: node,
    title: `${names.map(({ text }) => text).join(', ')} ${names.length === 1 ? 'is' : 'are'} imported as types`,
    reason: 'every use is a type, so the compiler leaves the import out as it did before',
    changes: [{ start, end: start, text: 'type ' }],
    assumptions: ['TypeScript 3.8 or newer compiles it'],
  })
}

export const typeOnlyImports: Recipe = {
  id: 'type-only-imports',
  title: 'imports of types to import type',
  family: 'types',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    if (file.unit.language !== 'typescript') return
    for (const node of file.file.statements) {
      if (ts.isImportDeclaration(node) && node.importClause && !node.importClause.isTypeOnly)
        convert(node, node.importClause, file, findings)
    }
  },
}
