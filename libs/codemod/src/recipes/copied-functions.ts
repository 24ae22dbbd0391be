import ts from 'typescript'

import { importersOf } from '../analysis/importers.ts'
import { fileContext, type FileContext } from '../engine/file-context.ts'
import { NO_SOURCE_TEXT, type Findings, type Recipe } from '../engine/recipe.ts'
import { hasOwnComment, removalProblem, startOf, textOf } from '../engine/rewrite.ts'
import { callsOf, functionOf } from '../syntax/functions.ts'
import { freeNames } from '../syntax/names.ts'
import { contains, within } from '../syntax/nodes.ts'
import { functionsByShape, type NamedFunction } from './function-shapes.ts'
import { importWith } from './import-with.ts'
import { hasDirective, isExported, linesOf, looksAtItsPlace, startWithComments, withBlankLine } from './movable-code.ts'
import { importsOnlyFor, meansTheSameThere } from './moved-names.ts'

/*
 * Proof obligation. A function declaration at the top of an ES module may go for the same one of a module that it imports
 * already, when
 *  - both have the same parameters and body, and every name that they take from outside is a global in both files, or
 *    imported from the same place by both; neither mentions itself nor looks at where it stands;
 *  - every use of the copy is a call, the other is never replaced, and neither file is in an import cycle: the imported
 *    one is there whenever the copy was;
 *  - the other is exported by its own name already; or it becomes so in a module that users cannot reach and that nobody
 *    takes as a whole, passes on or mocks: who sees the new export is only who asks for it by name;
 *  - the import is loaded as before, and only takes one more name; no directive says how one of the files is to be taken.
 */

const isDefault = (node: NamedFunction): boolean =>
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false

const isJsx = (node: ts.Node): boolean => ts.isJsxOpeningLikeElement(node) || ts.isJsxFragment(node)

/** Why the copy cannot be known by what the other file has. */
const copyProblem = (copy: NamedFunction, file: FileContext, home: FileContext): string | undefined => {
  const calls = callsOf(copy, file.scopes)
  if (!calls) return `${copy.name.text} is used for more than calls`
  if (calls.length === 0) return 'nobody uses it at all'
  if (calls.some((call) => within(call, copy))) return 'it calls itself'
  const removal = removalProblem(copy, file)
  if (removal) return removal
  if (hasDirective(file) || hasDirective(home)) return 'a directive says how a file is to be taken'
  if (file.around.inCycle || home.around.inCycle) return 'the files are in an import cycle'
  if (contains(copy, looksAtItsPlace)) return 'it looks at where it stands'
  if (contains(copy, isJsx)) return 'JSX says nothing of the function that it calls'
  const other = [...freeNames(copy, file.scopes)].find(
    ([name, binding]) => !meansTheSameThere(name, binding, file, home),
  )
  return other && `${other[0]} may mean something else in ${home.unit.path}`
}

/** Why the function of the other file cannot be imported. */
const keptProblem = (kept: NamedFunction, home: FileContext): string | undefined => {
  const { project, unit, file } = home
  const name = kept.name.text
  const binding = home.scopes.declaredBy(kept.name)
  if (!binding || functionOf(binding) !== kept) return `${name} of ${unit.path} may be replaced`
  if (binding.references.some(({ identifier }) => within(identifier, kept))) return 'it calls itself'
  const importers = importersOf(project)
  if (importers.whole.has(unit.path)) return `${unit.path} is imported as a whole, or mocked`
  if (isExported(kept)) return undefined
  if (file.statements.some((each) => ts.isExportDeclaration(each))) return `${unit.path} lists what it exports`
  if (project.package.importableModules.includes(unit.path)) return `users would see ${name} of ${unit.path}`
  return importers.problem
}

/** A comment that the other function has as well is not lost. */
const commentProblem = (copy: NamedFunction, file: FileContext, kept: NamedFunction, home: FileContext) => {
  const leading = (node: NamedFunction, at: FileContext): string =>
    at.text.slice(startWithComments(node, at), startOf(node, at)).trim()
  const isAlike =
    leading(copy, file) === leading(kept, home) &&
    textOf(copy.body, file).replaceAll(/\s+/g, ' ') === textOf(kept.body, home).replaceAll(/\s+/g, ' ')
  const isCommented = hasOwnComment(copy, file) || file.hasComment(startOf(copy, file), copy.end)
  return isCommented && !isAlike ? 'it has a comment of its own' : undefined
}

const take = (
  copy: NamedFunction,
  file: FileContext,
  kept: NamedFunction,
  home: FileContext,
  node: ts.ImportDeclaration,
  findings: Findings,
): void => {
  const [name, local] = [kept.name.text, copy.name.text]
  const problem = keptProblem(kept, home) ?? copyProblem(copy, file, home) ?? commentProblem(copy, file, kept, home)
  const lines = linesOf(copy, file)
  const imported = importWith(node, name === local ? name : `${name} as ${local}`, file)
  const dropped = importsOnlyFor(copy, file)
  if (problem !== undefined) return findings.refuse(copy, problem)
  if (!lines) return findings.refuse(copy, 'it shares its lines with others')
  if (typeof imported === 'string') return findings.refuse(copy, imported)
  if (typeof dropped === 'string') return findings.refuse(copy, dropped)
  const gone = { ...withBlankLine(lines, file.text), text: '' }
  const place = startOf(kept, home)
  const exported = { start: place, end: place, text: 'export ', path: home.unit.path }
  findings.edit({
    at: copy,
    title: `${local} is the same as ${name} of ${home.unit.path} and goes`,
    reason: 'the same code, whose names mean the same there; each use is a call, and that file is imported already',
    changes: [gone, imported, ...dropped, ...(isExported(kept) ? [] : [exported])],
    assumptions: [NO_SOURCE_TEXT, 'stack traces are not inspected'],
  })
}

/** The modules of the tree that a file imports, as it names them. */
const homesOf = (file: FileContext): { node: ts.ImportDeclaration; home: FileContext }[] => {
  const { project, unit } = file
  return file.file.statements.flatMap((node) => {
    if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return []
    const path = project.imports.resolve(unit.path, node.moduleSpecifier.text)
    const found = project.units.find((each) => each.path === path)
    const isAlike = found?.moduleKind === 'esm' && found.language === unit.language && found.role === unit.role
    return found && isAlike && found !== unit ? [{ node, home: fileContext(project, found) }] : []
  })
}

export const copiedFunctions: Recipe = {
  id: 'copied-functions',
  title: 'functions that an imported file has too',
  family: 'structure',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    if (file.unit.moduleKind !== 'esm') return
    const copies = [...functionsByShape(file)].filter(([, node]) => !isExported(node))
    const homes = copies.length === 0 ? [] : homesOf(file)
    for (const [shape, copy] of copies) {
      for (const { node, home } of homes) {
        const kept = functionsByShape(home).get(shape)
        if (!kept || isDefault(kept)) continue
        take(copy, file, kept, home, node, findings)
        break
      }
    }
  },
}
