import ts from 'typescript'

import { nearest } from '../analysis/beside.ts'
import { specifiersOf } from '../analysis/import-graph.ts'
import { readJsonObject } from '../analysis/package-facts.ts'
import type { FileContext } from '../engine/file-context.ts'
import { compilerOption } from '../floor/package-sources.ts'
import { extensionOf } from '../source-unit.ts'
import { plannedImports } from './split-imports.ts'
import { partsOf, type Part } from './split-parts.ts'
import { specifierOf } from './split-specifier.ts'
import { newText } from './split-texts.ts'
import type { Ways } from './split-ways.ts'

/** Whether a file is an ES module wherever it runs, not one that a compiler makes something else of. */
const staysModule = ({ project, unit }: FileContext): boolean => {
  const config = unit.language === 'typescript' ? nearest(project.tree, unit.path, 'tsconfig.json') : undefined
  const module = config && compilerOption(project.tree, 'module', config)
  if (typeof module === 'string' && /^(commonjs|amd|umd|system|none)$/i.test(module)) return false
  if (/^m[jt]s$/.test(extensionOf(unit.path))) return true
  const manifest = nearest(project.tree, unit.path, 'package.json')
  return manifest !== undefined && readJsonObject(project.tree, manifest)?.type === 'module'
}

/** Whether modules are imported by names of which the tree does not say what they lead to: a cycle could hide there. */
const usesAliases = ({ project }: FileContext): boolean => {
  const { name } = project.package
  const isAlias = (each: string): boolean => each.startsWith('#') || each === name || each.startsWith(`${name}/`)
  return project.units.some(({ role, file }) => role === 'source' && specifiersOf(file).some(isAlias))
}

const PASSED_ON = 'it is exported, and where the file is compiled to CommonJS it would become a getter'

/** Its declarations, those that cannot be passed on among what has to stay. */
const candidatesIn = (file: FileContext, code: ReadonlySet<number>): Part[] => {
  const isModule = staysModule(file)
  const isCaptured = file.capturedAt !== undefined
  const isAliased = usesAliases(file)
  return partsOf(file, code).map((part) => {
    const problem =
      part.problem ??
      (part.isPassedOn && !isModule ? PASSED_ON : undefined) ??
      (isAliased && part.kind !== 'type' && !ts.isFunctionDeclaration(part.statement)
        ? 'it may be used before it has its value, in a cycle of imports by an alias'
        : undefined) ??
      (part.isTrusting && isCaptured
        ? 'its value is made by functions of the engine that the code does not trust'
        : undefined)
    return { ...part, problem }
  })
}

/** How ES modules take from each other. */
export const esModules: Ways = {
  problemOf: ({ around }) =>
    around.inCycle ? 'it is part of an import cycle, which is to be taken apart first' : undefined,
  partsOf: candidatesIn,
  ownNames:
    () =>
    ({ declarations }) =>
      declarations.some(({ kind }) => kind !== 'import'),
  specifierOf,
  planned(group, specifier, file) {
    const imports = plannedImports(group, specifier, file)
    if (typeof imports === 'string') return imports
    return {
      text: newText(group, imports.needed, file),
      changes: imports.changes,
      assumptions: [],
      need: { ecmaVersion: 2015 },
    }
  },
}
