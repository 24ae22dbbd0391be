import path from 'node:path'
import ts from 'typescript'

import { nearest } from '../analysis/beside.ts'
import { specifiersOf } from '../analysis/import-graph.ts'
import type { FileContext } from '../engine/file-context.ts'
import { compilerOption } from '../floor/package-sources.ts'
import { extensionOf, type SourceUnit } from '../source-unit.ts'

/** How a relative import ends: as the file is called, as its output will be, or not at all. */
type Ending = 'own' | 'output' | 'none'

const outputs: Readonly<Record<string, string>> = { ts: 'js', tsx: 'js', mts: 'mjs', cts: 'cjs' }

const endingsOf = (specifiers: readonly string[], unit: SourceUnit, { project }: FileContext): Set<Ending> => {
  const found = new Set<Ending>()
  for (const specifier of specifiers) {
    const target = /^\.{1,2}\//.test(specifier) ? project.imports.resolve(unit.path, specifier) : undefined
    if (target === undefined) continue
    const extension = extensionOf(target)
    const end = path.posix.basename(specifier)
    if (end.endsWith(`.${extension}`)) found.add('own')
    else if (outputs[extension] && end.endsWith(`.${outputs[extension]}`)) found.add('output')
    else found.add('none')
  }
  return found
}

const endingsIn = (unit: SourceUnit, file: FileContext): Set<Ending> => {
  const specifiers = unit.file.statements.flatMap((node) => {
    const specifier = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined
    return specifier && ts.isStringLiteral(specifier) ? [specifier.text] : []
  })
  return endingsOf(specifiers, unit, file)
}

/** What the compiler asks for where no import shows it; undefined where nothing does. */
const endingAsked = ({ project, unit }: FileContext): Ending | undefined => {
  if (unit.language === 'javascript') return 'own'
  const config = nearest(project.tree, unit.path, 'tsconfig.json')
  const option = (name: string): unknown => config && compilerOption(project.tree, name, config)
  if (option('allowImportingTsExtensions') === true) return 'own'
  const module = String(option('module') ?? '').toLowerCase()
  if (/^node(16|18|20|next)$/.test(module)) return 'output'
  const resolution = String(option('moduleResolution') ?? '').toLowerCase()
  return /^(bundler|node|node10)$/.test(resolution) || module === 'preserve' ? 'none' : undefined
}

/**
 * How a file writes the import of another beside it: as it writes its other relative imports, else as the project does
 * everywhere, else as the compiler asks for. Undefined where these do not agree or nothing says it.
 */
export const specifierOf = (target: string, file: FileContext): string | undefined => {
  const { project, unit } = file
  const alike = project.units.filter((each) => each.language === unit.language && each.moduleKind === 'esm')
  const own = endingsIn(unit, file)
  const known = own.size > 0 ? own : new Set(alike.flatMap((each) => [...endingsIn(each, file)]))
  if (known.size > 1) return undefined
  const [ending = endingAsked(file)] = known
  if (ending === undefined) return undefined
  const name = path.posix.basename(target)
  const extension = extensionOf(name)
  const stem = name.slice(0, -extension.length - 1)
  if (ending === 'none') return `./${stem}`
  return `./${stem}.${ending === 'own' ? extension : (outputs[extension] ?? extension)}`
}

/**
 * How a CommonJS file asks for another beside it: as it does for others, else as the project does everywhere. Without an
 * ending Node finds a `.js` file, but no `.cjs` one.
 */
export const requestOf = (target: string, file: FileContext): string => {
  const { project, unit } = file
  const endings = (each: SourceUnit): Ending[] => [...endingsOf(specifiersOf(each.file), each, file)]
  const own = endings(unit)
  const known = new Set(
    own.length > 0 ? own : project.units.filter(({ moduleKind }) => moduleKind === 'commonjs').flatMap(endings),
  )
  const name = path.posix.basename(target)
  const isWhole = !name.endsWith('.js') || (known.size === 1 && known.has('own'))
  return `./${isWhole ? name : name.slice(0, -'.js'.length)}`
}
