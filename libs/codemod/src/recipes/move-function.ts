import ts from 'typescript'

import { importersOf } from '../analysis/importers.ts'
import { specifiersOf } from '../analysis/import-graph.ts'
import { fileContext, type FileContext } from '../engine/file-context.ts'
import { NO_SOURCE_TEXT, type Change, type Findings, type Recipe } from '../engine/recipe.ts'
import { endOfStatement, removalOf, removalProblem, startOf } from '../engine/rewrite.ts'
import { isInert } from '../syntax/effects.ts'
import { isConstant } from '../syntax/names.ts'
import { contains, within } from '../syntax/nodes.ts'
import { extensionOf } from '../source-unit.ts'
import {
  exportedFunction,
  hasDirective,
  hasJsx,
  isExported,
  isOfOnePackage,
  linesOf,
  looksAtItsPlace,
  startWithComments,
  withBlankLine,
} from './movable-code.ts'
import { movingNames } from './moved-names.ts'
import { moveRequired } from './move-required.ts'
import { descriptionOf } from './required-mentions.ts'
import { clauseWith } from './unused-imports.ts'

/*
 * Proof obligation. An exported function moves to the one module that imports it, and is exported no more, when (of
 * CommonJS files, see move-required.ts)
 *  - users of the package cannot reach its module, no other module of the tree imports the function (tests count), none
 *    takes the module as a whole, and its own module does not use it;
 *  - both are ES modules of one language without directives: as strict here as there. A function declaration is there
 *    before any code of its module runs, as an imported one is; a constant stands before all other code, in a module
 *    that nobody can use before it has run;
 *  - every name that it takes from outside is a global in both, or imported from the same place by both: the new module
 *    imports, after all else, what it did not, which was loaded before by way of the old one; nothing in it looks at
 *    where it stands (import.meta, import(), require, eval, and JSX, whose factory a file names for itself); one
 *    package.json speaks for both, so that both find the same packages; the new module never writes to its name, which
 *    throws as long as it is imported;
 *  - its old module is loaded as before: by the names that are still imported from it, or by an import without names;
 *    only a module that does nothing when it is loaded, and loads none but Node's own, is not;
 *  - something else stays exported there, so that it stays a module; no declaration of types describes that one, and no
 *    type in a comment names it.
 */

/** The only module that imports the function, where it can be told. */
const onlyUser = ({ text: name }: ts.Identifier, file: FileContext): FileContext | undefined => {
  const users = importersOf(file.project).named.get(file.unit.path)?.get(name)
  if (users?.size !== 1) return undefined
  const [path] = users
  const unit = file.project.units.find((each) => each.path === path)
  const isOwn = path === file.unit.path || unit?.role !== file.unit.role
  return unit && !isOwn ? fileContext(file.project, unit) : undefined
}

const problemOf = (node: ts.Statement, name: ts.Identifier, from: FileContext, to: FileContext): string | undefined => {
  const importers = importersOf(from.project)
  const binding = from.scopes.declaredBy(name)
  if (importers.whole.has(from.unit.path)) return 'the module is imported as a whole'
  if (importers.problem) return importers.problem
  if (!binding || binding.declarations.length > 1) return 'it is declared more than once'
  if (to.unit.moduleKind !== 'esm' || extensionOf(to.unit.path) !== extensionOf(from.unit.path))
    return `${to.unit.path} is a file of another kind`
  if (hasDirective(from) || hasDirective(to)) return 'a directive says how a file is to be taken'
  if (!isOfOnePackage(from, to)) return `${to.unit.path} is of another package`
  const taken = to.scopes.root.bindings.get(name.text)
  if (taken && !isConstant(taken)) return `${name.text} is written again in ${to.unit.path}`
  const description = descriptionOf(from.unit.path, from.project)
  if (description !== undefined) return description
  if (contains(node, hasJsx)) return 'what makes its elements is said by its file'
  if (contains(node, looksAtItsPlace) || binding.scope.dynamic) return 'it looks at where it stands'
  if (!from.file.statements.some((other) => other !== node && isExported(other)))
    return 'nothing else of the file is exported'
  if (!ts.isFunctionDeclaration(node) && to.around.inCycle) return 'the other file may be used before it has run'
  return removalProblem(node, from)
}

/** Whether loading a module can be noticed: it runs something, or loads what may. */
const doesNothing = (file: FileContext): boolean =>
  specifiersOf(file.file).every((specifier) => specifier.startsWith('node:')) &&
  file.file.statements.every(
    (statement) =>
      ts.isImportDeclaration(statement) ||
      ts.isFunctionDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      (ts.isExportDeclaration(statement) && !statement.moduleSpecifier) ||
      (ts.isVariableStatement(statement) &&
        statement.declarationList.declarations.every(
          ({ name, initializer }) => ts.isIdentifier(name) && (!initializer || isInert(initializer, file.scopes)),
        )),
  )

/** The import of a function without it, or the reason why it has to stay as it is. */
const withoutImport = (name: string, from: FileContext, to: FileContext): readonly Change[] | string => {
  for (const statement of to.file.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue
    if (to.project.imports.resolve(to.unit.path, statement.moduleSpecifier.text) !== from.unit.path) continue
    const clause = statement.importClause
    const bindings = clause?.namedBindings
    if (!clause || clause.isTypeOnly || !bindings || !ts.isNamedImports(bindings)) continue
    const element = bindings.elements.find((each) => (each.propertyName ?? each.name).text === name)
    if (!element) continue
    if (element.propertyName || element.isTypeOnly) return 'it is imported by another name, or as a type'
    if (to.hasComment(startOf(statement, to), statement.end)) return 'a comment stands inside of its import'
    const others = [...bindings.elements.filter((each) => each !== element), ...(clause.name ? [clause.name] : [])]
    const text = clauseWith(clause, new Set<ts.Node>(others), to)
    const names = others.map((each) => (ts.isIdentifier(each) ? each : each.name))
    if (text !== '') {
      // TypeScript leaves an import of types out
      const isLoaded =
        to.unit.language === 'javascript' ||
        names.some((each) => to.scopes.declaredBy(each)?.references.some(({ typeOnly }) => !typeOnly))
      if (!isLoaded && !doesNothing(from)) return 'its module would no longer be loaded, only looked at for types'
      return [{ start: startOf(clause, to), end: clause.end, text }]
    }
    if (doesNothing(from)) return [removalOf(statement, to)]
    return [{ start: startOf(clause, to), end: startOf(statement.moduleSpecifier, to), text: '' }]
  }
  return 'it is passed on, not imported'
}

/**
 * The statement that it is to stand before: of a declaration the first that uses it; a constant comes before all, for
 * whatever runs there may call what uses it.
 */
const placeFor = (node: ts.Statement, name: string, { file }: FileContext): ts.Statement | undefined => {
  const others = file.statements.filter((statement) => !ts.isImportDeclaration(statement))
  const user = others.find((statement) => contains(statement, (each) => ts.isIdentifier(each) && each.text === name))
  return user && !ts.isFunctionDeclaration(node) ? others[0] : user
}

const move = (
  node: ts.Statement,
  { text: name }: ts.Identifier,
  from: FileContext,
  to: FileContext,
  findings: Findings,
): void => {
  const imports = withoutImport(name, from, to)
  if (typeof imports === 'string') return findings.refuse(node, imports)
  const names = movingNames(node, name, from, to)
  if (names.problem !== undefined) return findings.refuse(node, names.problem)
  const lines = linesOf(node, from)
  const user = placeFor(node, name, to)
  if (!lines || !user) return findings.refuse(node, lines ? 'nobody uses it at all' : 'it shares its lines with others')
  const word = startOf(node, from)
  const code = from.text.slice(lines.start, word) + from.text.slice(word, lines.end).replace(/^export\s+/, '')
  const place = startWithComments(user, to)
  const isClosed = ts.isFunctionDeclaration(node) || code.trimEnd().endsWith(';')
  const end = isClosed ? '' : endOfStatement(startOf(user, to), to)
  findings.edit({
    at: node,
    title: `${name} moves to ${to.unit.path}, the only file that uses it`,
    reason: 'no other module imports it, users cannot reach its file, and every name in it means the same there',
    changes: [
      { ...withBlankLine(lines, from.text), text: '' },
      ...names.dropped,
      ...[...imports, ...names.added].map((change) => ({ ...change, path: to.unit.path })),
      { start: place, end: place, text: `${code.trimEnd()}${end}\n\n`, path: to.unit.path },
    ],
    assumptions: [NO_SOURCE_TEXT, 'stack traces are not inspected'],
  })
}

export const moveFunction: Recipe = {
  id: 'move-function',
  title: 'functions to the only file that uses them',
  family: 'structure',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    const { project, unit } = file
    if (project.package.importableModules.includes(unit.path)) return
    if (unit.moduleKind === 'commonjs') return moveRequired(file, findings)
    if (unit.moduleKind !== 'esm') return
    for (const statement of file.file.statements) {
      const name = exportedFunction(statement)
      const uses = name ? (file.scopes.declaredBy(name)?.references ?? []) : []
      const isUsedHere = uses.some(({ identifier, write }) => write || !within(identifier, statement))
      const to = name && !isUsedHere ? onlyUser(name, file) : undefined
      if (!name || !to) continue
      const problem = problemOf(statement, name, file, to)
      if (problem) findings.refuse(statement, problem)
      else move(statement, name, file, to, findings)
    }
  },
}
