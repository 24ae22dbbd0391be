import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { enclosingFunction, isFunctionNode, isLoop, within } from '../syntax/nodes.ts'
import { enclosingFunctionOfScope, type Binding, type Reference } from '../syntax/scopes.ts'

const wrapperParameters = new Set(['exports', 'require', 'module', '__filename', '__dirname'])
const unusable = new Set(['let', 'arguments', 'eval', 'undefined', 'NaN', 'Infinity', 'yield', 'await', 'static'])

/** Where a declaration stands, and where a lexical one would be visible. */
export interface Site {
  readonly list: ts.VariableDeclarationList
  /** The region that the lexical declaration is visible in. */
  readonly block: ts.Node
  readonly isHead: boolean
}

/** Where a list of declarations would be visible; a reason where it cannot stand. */
export const siteOf = (list: ts.VariableDeclarationList): Site | string => {
  const holder = list.parent
  if (ts.isForStatement(holder) || ts.isForInStatement(holder) || ts.isForOfStatement(holder)) {
    return { list, block: holder, isHead: true }
  }
  if (!ts.isVariableStatement(holder)) return 'stands in an unknown place'
  if (holder.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)) return 'is ambient'
  const block = holder.parent
  if (ts.isCaseOrDefaultClause(block)) return { list, block, isHead: false }
  if (ts.isBlock(block) || ts.isSourceFile(block)) return { list, block, isHead: false }
  if (ts.isModuleBlock(block)) return 'is a member of a namespace'
  return 'is the whole body of a statement, where no lexical declaration may stand'
}

export const visibleRegion = (site: Site): ts.Node => {
  const { block } = site
  const isBody = ts.isBlock(block) && isFunctionNode(block.parent)
  return isBody ? block.parent : block
}

export const isInLoop = (site: Site): boolean => {
  for (let at: ts.Node = site.isHead ? site.block.parent : site.block; at; at = at.parent) {
    if (isFunctionNode(at) || ts.isClassStaticBlockDeclaration(at)) return false
    if (isLoop(at)) return true
    if (ts.isSourceFile(at)) return false
  }
  return false
}

/** The offset at which a declared name has its value. */
export const initialisedAt = (declaration: ts.VariableDeclaration, site: Site): number =>
  site.isHead && !ts.isForStatement(site.block) ? (site.block as ts.ForOfStatement).expression.end : declaration.end

export const givesValue = (declaration: ts.VariableDeclaration, site: Site): boolean =>
  declaration.initializer !== undefined || (site.isHead && !ts.isForStatement(site.block))

const sitesOf = (
  binding: Binding,
): Map<ts.Identifier, { site: Site; declaration: ts.VariableDeclaration }> | undefined => {
  const sites = new Map<ts.Identifier, { site: Site; declaration: ts.VariableDeclaration }>()
  for (const { kind, node, identifier } of binding.declarations) {
    if (kind !== 'var' || !ts.isVariableDeclaration(node)) return undefined
    const site = siteOf(node.parent as ts.VariableDeclarationList)
    if (typeof site === 'string') return undefined
    sites.set(identifier, { site, declaration: node })
  }
  return sites
}

const overlaps = (one: ts.Node, other: ts.Node): boolean => within(one, other) || within(other, one)

/** A parameter of the wrapper or a catch variable between the use and the function takes the name first. */
export const nameProblem = (binding: Binding, site: Site, file: FileContext): string | undefined => {
  if (unusable.has(binding.name)) return `no lexical variable can be called ${binding.name}`
  const isTop = binding.scope.kind === 'module'
  if (isTop && file.unit.moduleKind === 'script') return 'becomes a property of the global object in a script'
  if (isTop && file.unit.moduleKind === 'commonjs' && wrapperParameters.has(binding.name)) {
    return `${binding.name} is a parameter of the module wrapper`
  }
  if (isTop && file.around.inCycle && isExported(binding, site)) return 'is exported from a module of an import cycle'
  for (let at: ts.Node = site.list; at !== binding.scope.node && at !== undefined; at = at.parent) {
    if (ts.isCatchClause(at) && file.scopes.scopeOf(at)?.bindings.has(binding.name))
      return 'shares its name with a catch variable'
  }
  if (binding.scope.dynamic) return 'eval or with can see the variable'
  return undefined
}

const isExported = (binding: Binding, site: Site): boolean =>
  binding.references.some(({ identifier }) => ts.isExportSpecifier(identifier.parent)) ||
  (ts.isVariableStatement(site.list.parent) &&
    (site.list.parent.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false))

export const usesOf = (binding: Binding, identifier: ts.Identifier, site: Site): Reference[] | string => {
  if (binding.declarations.length === 1) return binding.references
  const sites = sitesOf(binding)
  if (sites === undefined) return 'is declared in another way as well'
  for (const [other, { site: there }] of sites) {
    if (other !== identifier && there.list !== site.list && overlaps(there.block, site.block))
      return 'is declared again in the same block'
    if (other !== identifier && there.list === site.list) return 'is declared twice in one statement'
  }
  const home = enclosingFunctionOfScope(binding.scope)
  for (const { identifier: use } of binding.references) {
    if (enclosingFunction(use) !== home) return 'is declared more than once and used in a closure'
    const holder = [...sites.values()].find(({ site: there }) => within(use, there.block))
    if (holder === undefined) return 'is declared more than once and used outside of the declaring blocks'
    if (!givesValue(holder.declaration, holder.site)) return 'is declared more than once, once without a value'
    if (use.getStart() < initialisedAt(holder.declaration, holder.site))
      return 'is declared more than once and used before its declaration'
  }
  return binding.references.filter(({ identifier: use }) => within(use, site.block))
}
