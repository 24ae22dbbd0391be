import ts from 'typescript'

import { INTRINSICS, NO_PROXIES, type Findings, type Recipe } from '../engine/recipe.ts'
import type { FileContext } from '../engine/file-context.ts'
import { mayRunBefore, outermostDeferred } from '../syntax/activation.ts'
import { isAssignedBeforeUse } from '../syntax/definite-assignment.ts'
import { iterationMethods } from '../syntax/intrinsic-kinds.ts'
import * as K from '../syntax/kinds.ts'
import { ancestor, bare, boundIdentifiers, outer, within } from '../syntax/nodes.ts'
import { enclosingFunctionOfScope } from '../syntax/scopes.ts'
import {
  givesValue,
  initialisedAt,
  isInLoop,
  nameProblem,
  siteOf,
  usesOf,
  visibleRegion,
  type Site,
} from './var-sites.ts'

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
