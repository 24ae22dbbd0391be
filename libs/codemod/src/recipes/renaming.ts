import ts from 'typescript'

import type { FileChange } from '../engine/recipe.ts'
import { openProgram } from '../program.ts'
import type { Project } from '../project.ts'
import type { SourceUnit } from '../source-unit.ts'
import type { Binding, Scope } from '../syntax/scopes.ts'

/*
 * What every renaming has to show: the new name can be one, all uses are found, and each of them means what it meant.
 */

/** A variable in the file that declares it. */
export interface Target {
  readonly unit: SourceUnit
  readonly binding: Binding
}

/** Whether no variable can have the name. */
export const isReserved = (name: string): boolean => {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, name)
  return (
    scanner.scan() !== ts.SyntaxKind.Identifier ||
    scanner.getTokenEnd() !== name.length ||
    name === 'arguments' ||
    name === 'eval'
  )
}

export const containsScope = (outer: Scope, inner: Scope): boolean => {
  for (let at: Scope | undefined = inner; at !== undefined; at = at.parent) if (at === outer) return true
  return false
}

/** A scope between a place and the scope of a variable that declares a name. */
const declaresBetween = (from: Scope, to: Scope, name: string): boolean => {
  for (let at: Scope | undefined = from; at !== undefined && at !== to; at = at.parent) {
    if (at.bindings.has(name)) return true
  }
  return false
}

/** Why the new name would be taken for something else, or something else for it. */
export const captureProblem = ({ unit, binding }: Target, newName: string): string | undefined => {
  const { scopes } = unit
  if (binding.scope.bindings.has(newName)) return `${newName} is already declared in the same scope`
  if (binding.scope.dynamic) return 'eval, with or other scripts can see the name'
  if (binding.references.some(({ scope }) => declaresBetween(scope, binding.scope, newName)))
    return `a use would be captured by another ${newName}`
  // A `var` is declared through the blocks around it, and in a catch clause its value goes to the clause's variable.
  const passesBlocks = binding.declarations.some(
    ({ kind, identifier }) => kind === 'var' && declaresBetween(scopes.scopeAt(identifier), binding.scope, newName),
  )
  if (passesBlocks) return `its declaration stands in the scope of another ${newName}`
  const others = [
    ...(scopes.globals.get(newName) ?? []),
    ...scopes.bindings.flatMap(({ name, references }) => (name === newName ? references : [])),
  ]
  const shadowed = others.find(
    (use) =>
      containsScope(binding.scope, use.scope) && !(use.binding && containsScope(binding.scope, use.binding.scope)),
  )
  return shadowed
    ? `it would shadow the ${newName} that line ${unit.source.lineOf(shadowed.identifier.getStart())} means`
    : undefined
}

/** Every place that names a variable, with the text that it gets: the language service finds them, in all files. */
export const renameLocations = (project: Project, { unit, binding }: Target, newName: string): FileChange[] => {
  const { service, fileName, pathOf } = openProgram(project)
  const at = binding.declarations[0]!.identifier.getStart()
  const preferences = { providePrefixAndSuffixTextForRename: true }
  const found = service.findRenameLocations(fileName(unit.path), at, false, false, preferences) ?? []
  return found.map(({ fileName: name, textSpan, prefixText = '', suffixText = '' }) => ({
    path: pathOf(name),
    start: textSpan.start,
    end: textSpan.start + textSpan.length,
    text: prefixText + newName + suffixText,
  }))
}
