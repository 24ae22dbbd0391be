import ts from 'typescript'

import { INTRINSICS, NO_PROXIES, type Findings, type Recipe } from '../engine/recipe.ts'
import type { FileContext } from '../engine/file-context.ts'
import { mayRunBefore, outermostDeferred } from '../syntax/activation.ts'
import { isAssignedBeforeUse } from '../syntax/definite-assignment.ts'
import { iterationMethods } from '../syntax/intrinsic-kinds.ts'
import * as K from '../syntax/kinds.ts'
import {
  ancestor,
  bare,
  boundIdentifiers,
  enclosingFunction,
  isFunctionNode,
  isLoop,
  outer,
  within,
} from '../syntax/nodes.ts'
import { enclosingFunctionOfScope, type Binding, type Reference } from '../syntax/scopes.ts'

/*
 * Proof obligation. `var x` may become `let x` or `const x` when
 *  - every use is inside of the block that holds the declaration, and no other declaration shares the name there;
 *  - no use can run before the declaration has been evaluated (a lexical variable throws where `var` is undefined):
 *    by its place in the text, or, in a function, because nothing that knows the function is called in between;
 *  - no iteration of a loop sees the value of the one before: an initialiser in the loop, or a value given on every
 *    way before the first read, and no closure that outlives its iteration;
 *  - the name is not visible in another way: no property of the global object, no eval or with, no parameter or
 *    catch variable of that name, no parameter of the CommonJS wrapper;
 *  - `const` when nothing else writes it.
 * A name with several declarations is taken apart when each has its own block and gives a value before any use.
 */

const wrapperParameters = new Set(['exports', 'require', 'module', '__filename', '__dirname'])
const unusable = new Set(['let', 'arguments', 'eval', 'undefined', 'NaN', 'Infinity', 'yield', 'await', 'static'])

interface Site {
  readonly list: ts.VariableDeclarationList
  /** The region that the lexical declaration is visible in. */
  readonly block: ts.Node
  readonly isHead: boolean
}

/** Where a list of declarations would be visible; a reason where it cannot stand. */
const siteOf = (list: ts.VariableDeclarationList): Site | string => {
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

const visibleRegion = (site: Site): ts.Node => {
  const { block } = site
  const isBody = ts.isBlock(block) && isFunctionNode(block.parent)
  return isBody ? block.parent : block
}

const isInLoop = (site: Site): boolean => {
  for (let at: ts.Node = site.isHead ? site.block.parent : site.block; at; at = at.parent) {
    if (isFunctionNode(at) || ts.isClassStaticBlockDeclaration(at)) return false
    if (isLoop(at)) return true
    if (ts.isSourceFile(at)) return false
  }
  return false
}

/** The offset at which a declared name has its value. */
const initialisedAt = (declaration: ts.VariableDeclaration, site: Site): number =>
  site.isHead && !ts.isForStatement(site.block) ? (site.block as ts.ForOfStatement).expression.end : declaration.end

const givesValue = (declaration: ts.VariableDeclaration, site: Site): boolean =>
  declaration.initializer !== undefined || (site.isHead && !ts.isForStatement(site.block))

/** A closure that is called on the spot and not kept: an IIFE, or the callback of an array's own method. */
const isCalledAtOnce = (closure: ts.Node, file: FileContext): boolean => {
  if (!ts.isFunctionExpression(closure) && !ts.isArrowFunction(closure)) return false
  if (closure.asteriskToken || closure.modifiers?.length) return false
  const parent = outer(closure)
  if (!ts.isCallExpression(parent)) return false
  if (bare(parent.expression) === closure) return true
  const callee = bare(parent.expression)
  return (
    parent.arguments[0] === closure &&
    ts.isPropertyAccessExpression(callee) &&
    iterationMethods.has(callee.name.text) &&
    file.capturedAt === undefined &&
    file.proves(callee.expression, K.ARRAY | K.NULLISH) !== undefined
  )
}

interface Verdict {
  readonly problem?: string
  readonly isWritten: boolean
  readonly needsTrust: boolean
}

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
const nameProblem = (binding: Binding, site: Site, file: FileContext): string | undefined => {
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

const usesOf = (binding: Binding, identifier: ts.Identifier, site: Site): Reference[] | string => {
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

const judge = (
  declaration: ts.VariableDeclaration,
  identifier: ts.Identifier,
  site: Site,
  file: FileContext,
): Verdict => {
  const refuse = (problem: string): Verdict => ({ problem, isWritten: false, needsTrust: false })
  const binding = file.scopes.declaredBy(identifier)
  if (binding === undefined) return refuse('is not bound')
  const named = nameProblem(binding, site, file)
  if (named) return refuse(named)
  if (binding.declarations.some(({ kind }) => kind !== 'var'))
    return refuse('shares its name with a parameter or function')
  const uses = usesOf(binding, identifier, site)
  if (typeof uses === 'string') return refuse(uses)
  const region = visibleRegion(site)
  const outside = uses.find(
    ({ identifier: use }) => !within(use, region) || (region !== site.block && !within(use, site.block)),
  )
  if (outside)
    return refuse(`is used outside of its block, in line ${file.unit.source.lineOf(outside.identifier.getStart())}`)

  const home = enclosingFunctionOfScope(binding.scope)
  const ready = initialisedAt(declaration, site)
  let needsTrust = false
  for (const { identifier: use } of uses) {
    if (mayRunBefore(use, binding, ready, file.around)) return refuse(earlyReason(use, file))
  }
  const closures = new Set(
    uses.map(({ identifier: use }) => outermostDeferred(use, home)).filter((each) => each !== undefined),
  )
  if (isInLoop(site) || (site.isHead && closures.size > 0)) {
    for (const closure of closures) {
      if (!isCalledAtOnce(closure, file)) return refuse('is shared by closures that a loop makes')
      if (bare((outer(closure) as ts.CallExpression).expression) !== closure) needsTrust = true
    }
    if (!givesValue(declaration, site) && !isAssignedBeforeUse(site.block, binding, file.scopes)) {
      return refuse('keeps its value from one iteration to the next')
    }
  }
  return { isWritten: uses.some(({ write }) => write), needsTrust }
}

const earlyReason = (use: ts.Identifier, file: FileContext): string => {
  const line = file.unit.source.lineOf(use.getStart())
  return `may be used before it has a value, in line ${line}, where a lexical variable throws`
}

const isExportedInTypes = (list: ts.VariableDeclarationList, file: FileContext): boolean =>
  file.unit.language === 'typescript' &&
  ts.isVariableStatement(list.parent) &&
  (list.parent.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)

/** How a `var` can be declared instead. */
export interface Lexical {
  readonly word: 'let' | 'const'
  readonly names: readonly string[]
  readonly assumptions: readonly string[]
}

/** The lexical declaration that means the same as a `var`, or the reason why there is none. */
export const lexicalFor = (list: ts.VariableDeclarationList, file: FileContext): Lexical | string => {
  const site = siteOf(list)
  if (typeof site === 'string') return `the declaration ${site}`
  if (isExportedInTypes(list, file)) return 'the emitted declarations would change'
  if (ts.isCaseOrDefaultClause(site.block)) return 'a case clause has no block of its own'
  let isConstant = true
  let needsTrust = false
  const names: string[] = []
  for (const declaration of list.declarations) {
    for (const identifier of boundIdentifiers(declaration.name)) {
      const verdict = judge(declaration, identifier, site, file)
      if (verdict.problem) return `${identifier.text} ${verdict.problem}`
      if (verdict.isWritten || !givesValue(declaration, site)) isConstant = false
      if (verdict.needsTrust) needsTrust = true
      names.push(identifier.text)
    }
  }
  return {
    word: isConstant ? 'const' : 'let',
    names,
    assumptions: needsTrust ? [INTRINSICS, NO_PROXIES] : [NO_PROXIES],
  }
}

const convert = (list: ts.VariableDeclarationList, file: FileContext, findings: Findings): void => {
  const lexical = lexicalFor(list, file)
  if (typeof lexical === 'string') return findings.refuse(list, lexical)
  const { word, names, assumptions } = lexical
  const start = list.getStart(file.file)
  findings.edit({
    at: list,
    title: `var ${names.join(', ')} becomes ${word}`,
    reason:
      word === 'const'
        ? 'used only in its block, after its declaration, and never written again'
        : 'used only in its block, after its declaration',
    changes: [{ start, end: start + 'var'.length, text: word }],
    assumptions,
  })
}

export const isVar = (node: ts.Node): node is ts.VariableDeclarationList =>
  ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0

export const varToLetConst: Recipe = {
  id: 'var-to-let-const',
  title: 'var to let or const',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    const visit = (node: ts.Node): void => {
      if (isVar(node) && !ancestor(node, isAmbient)) convert(node, file, findings)
      ts.forEachChild(node, visit)
    }
    visit(file.file)
  },
}

const isAmbient = (node: ts.Node): node is ts.ModuleDeclaration =>
  ts.isModuleDeclaration(node) && (node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false)
