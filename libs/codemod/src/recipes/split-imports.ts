import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { removalOf, startOf } from '../engine/rewrite.ts'
import { within } from '../syntax/nodes.ts'
import { hasDirective, startWithComments } from './movable-code.ts'
import type { Group } from './split-groups.ts'
import { loadOrder, loadsOf, namesOf, requestsOf, type Loads, type Request } from './split-loads.ts'
import { endOfLines } from './split-parts.ts'
import { importsFor, passing } from './split-texts.ts'
import { clauseWith } from './unused-imports.ts'

/** What happens to a request for a module when a group leaves. */
interface Fate {
  readonly node: Request
  /** Names that the group uses. */
  readonly used: ReadonlySet<ts.Identifier>
  /** Names that nothing but the group uses. */
  readonly gone: ReadonlySet<ts.Identifier>
  readonly before: Loads
  readonly after: Loads
  readonly inNew: Loads
}

const fatesOf = ({ parts }: Group, file: FileContext): Fate[] => {
  const isMoved = (node: ts.Node): boolean => parts.some(({ statement }) => within(node, statement))
  return requestsOf(file).map((node) => {
    const names = namesOf(node)
    const usesOf = (name: ts.Identifier) => file.scopes.declaredBy(name)?.references ?? []
    const used = names.filter((name) => usesOf(name).some(({ identifier }) => isMoved(identifier)))
    const gone = used.filter((name) => usesOf(name).every(({ identifier }) => isMoved(identifier)))
    const left = names.filter((name) => !gone.includes(name))
    const isEmptied = names.length > 0 && left.length === 0
    return {
      node,
      used: new Set(used),
      gone: new Set(gone),
      before: loadsOf(node, file, names, () => true),
      after: isEmptied ? NOT : loadsOf(node, file, left, (use) => !isMoved(use)),
      inNew: used.length === 0 ? NOT : loadsOf(node, file, used, isMoved),
    }
  })
}

const NOT: Loads = { whereLeftOut: false, whereKept: false }
const YES: Loads = { whereLeftOut: true, whereKept: true }

const isEmptied = ({ node, gone }: Fate): boolean => gone.size > 0 && gone.size === namesOf(node).length
const isTypeImport = ({ node }: Fate): boolean => ts.isImportDeclaration(node) && node.importClause?.isTypeOnly === true

/**
 * Behind how many requests of the old file the new one can be asked for, so that everything is loaded in the order of
 * today; the last such place. Undefined where there is none.
 */
const placeFor = (fates: readonly Fate[], file: FileContext, after: (fate: Fate) => Loads): number | undefined => {
  const ways = ['whereLeftOut', 'whereKept'] as const
  const order = (requests: readonly (readonly [Request, Loads])[]): string[] =>
    ways.map((how) => loadOrder(requests, file, how))
  const today = order(fates.map(({ node, before }) => [node, before])).join()
  for (let at = fates.length; at >= 0; at--) {
    if (at > 0 && endOfLines(fates[at - 1]!.node, file) === undefined) continue
    const old = fates.map((fate) => [fate.node, after(fate)] as const)
    const made = fates.map(({ node, inNew }) => [node, inNew] as const)
    if (order([...old.slice(0, at), ...made, ...old.slice(at)]).join() === today) return at
  }
  return undefined
}

/** The old file's imports without the names that left. */
const withoutNames = (fates: readonly Fate[], isLoaded: boolean, file: FileContext): Change[] =>
  fates.flatMap((fate): Change[] => {
    const { node, gone } = fate
    if (gone.size === 0 || !ts.isImportDeclaration(node)) return []
    const clause = node.importClause!
    if (isEmptied(fate)) {
      if (!isLoaded || isTypeImport(fate)) return [wholeLines(node, file)]
      return [{ start: startOf(clause, file), end: startOf(node.moduleSpecifier, file), text: '' }]
    }
    const kept = namesOf(node)
      .filter((name) => !gone.has(name))
      .map((name) => (ts.isImportClause(name.parent) ? name : name.parent))
    const text = clauseWith(clause, new Set<ts.Node>(kept), file)
    return [{ start: startOf(clause, file), end: clause.end, text: (clause.isTypeOnly ? 'type ' : '') + text }]
  })

const wholeLines = (node: ts.ImportDeclaration, file: FileContext): Change => {
  const { start, text } = removalOf(node, file)
  return { start, end: endOfLines(node, file) ?? node.end, text }
}

/** Where code comes to stand before a statement: above its comments, but below those that are the file's. */
export const placeBefore = (node: ts.Statement, file: FileContext): number => {
  const start = startWithComments(node, file)
  const isTop = /^(#!.*)?\s*$/.test(file.text.slice(0, start))
  return isTop ? file.unit.source.lineStart(startOf(node, file)) : start
}

const insertions = (
  fates: readonly Fate[],
  place: number,
  lines: { readonly imports: readonly string[]; readonly exports: readonly string[] },
  isLoaded: boolean,
  file: FileContext,
): Change[] => {
  const insert = (at: number, text: string): Change => ({ start: at, end: at, text })
  const join = (statements: readonly string[]): string => statements.map((each) => `${each}\n`).join('')
  if (fates.length === 0) {
    const all = [join(lines.imports), join(lines.exports)].filter((each) => each !== '').join('\n')
    const { statements } = file.file
    return [insert(placeBefore(statements[hasDirective(file) ? 1 : 0]!, file), `${all}\n`)]
  }
  const at = place === 0 ? placeBefore(fates[0]!.node, file) : endOfLines(fates[place - 1]!.node, file)!
  const last = fates.findLast(({ node }) => ts.isImportDeclaration(node))?.node
  const end = last && endOfLines(last, file)
  const isLast = end === undefined || at >= end
  if (lines.imports.length === 0) {
    const isFirst = fates.slice(0, place).every((fate) => isEmptied(fate) && (!isLoaded || isTypeImport(fate)))
    return [insert(at, (isLast && !isFirst ? '\n' : '') + join(lines.exports))]
  }
  const exported = lines.exports.length > 0 ? `\n${join(lines.exports)}` : ''
  if (isLast) return [insert(at, join(lines.imports) + exported)]
  return [insert(at, join(lines.imports)), ...(exported === '' ? [] : [insert(end, exported)])]
}

/**
 * What becomes of the imports when a group leaves: those that the new file needs, and the changes of the old one's. A
 * text says why it cannot be done.
 */
export const plannedImports = (
  group: Group,
  specifier: string,
  file: FileContext,
): { readonly needed: readonly string[]; readonly changes: readonly Change[] } | string => {
  const fates = fatesOf(group, file)
  const isPartly = ({ node, gone, used }: Fate): boolean =>
    gone.size > 0 || (used.size > 0 && used.size < namesOf(node).length)
  if (fates.some((fate) => isPartly(fate) && file.hasComment(startOf(fate.node, file), fate.node.end)))
    return 'a comment stands in an import'
  const dropping = placeFor(fates, file, ({ after }) => after)
  const keeping = placeFor(fates, file, (fate) => (isEmptied(fate) && !isTypeImport(fate) ? YES : fate.after))
  const place = dropping ?? keeping
  const isLoaded = dropping === undefined
  if (place === undefined) return 'other modules would be loaded in another order'
  const needed = fates.flatMap(({ node, used }) =>
    used.size > 0 && ts.isImportDeclaration(node) ? [[node, used, used.size === namesOf(node).length] as const] : [],
  )
  return {
    needed: importsFor(needed, file),
    changes: [
      ...withoutNames(fates, isLoaded, file),
      ...insertions(fates, place, passing(group, specifier, file), isLoaded, file),
    ],
  }
}
