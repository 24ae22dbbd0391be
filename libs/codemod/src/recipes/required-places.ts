import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { changed } from '../engine/to-patch.ts'
import { parseUnit } from '../source-unit.ts'
import { contains, within } from '../syntax/nodes.ts'
import type { Binding } from '../syntax/scopes.ts'
import { requiredFile } from './es-module-target.ts'
import { isIdle, stepsOf } from './loading-steps.ts'
import { isQuietStatement } from './quiet-code.ts'
import type { HandedFunction } from './required-exports.ts'
import type { Read, Taker } from './required-takers.ts'
import { reachOf, usesOf } from './split-reach.ts'
import { takenAtTop } from './taken-names.ts'

/** What the new file takes, with what else is known of it. */
export interface Move {
  readonly handed: HandedFunction
  readonly from: FileContext
  readonly to: FileContext
  readonly taker: Taker & { readonly takes: NonNullable<Taker['takes']> }
  readonly reads: readonly Read[]
  /** The name by which the new file comes to the function. */
  readonly binding: Binding
}

/** Each place at which the new file uses the function. */
export const usesIn = ({ reads, binding }: Move): readonly ts.Node[] =>
  reads.flatMap(({ place }): readonly ts.Node[] =>
    place ? [place] : binding.references.map(({ identifier }) => identifier),
  )

/** Whether a file reads a name of another module of the tree, whose function of that name may move to it, too. */
export const mayArrive = (name: string, to: FileContext, except?: ts.VariableDeclaration): boolean =>
  takenAtTop(to.file, to.scopes)
    .filter(({ isWhole, specifier, declaration }) => isWhole && specifier?.startsWith('.') && declaration !== except)
    .flatMap(({ names }) => to.scopes.declaredBy(names[0]!)?.references ?? [])
    .some(({ identifier: { parent } }) => ts.isPropertyAccessExpression(parent) && parent.name.text === name)

/** Whether a module of the tree that a file asks for, and that may lose functions to it, knows a name as a global. */
export const isGlobalBeside = (name: string, { file, scopes, unit, project }: FileContext): boolean =>
  takenAtTop(file, scopes).some(({ specifier }) => {
    const path = specifier?.startsWith('.') ? requiredFile(project.tree, unit.path, specifier) : undefined
    return project.units.find((each) => each.path === path)?.scopes.globals.has(name) ?? false
  })

/** The statement behind the requests that follow the one for the old file, without anything in between. */
export const firstAfter = (request: ts.Statement, to: FileContext): number => {
  const { statements } = to.file
  const isRequest = (each: ts.Statement): boolean => {
    const steps = stepsOf(each, to)
    return steps.length > 0 && steps.every((step) => step.kind === 'takes' && step.specifier !== undefined)
  }
  const start = statements.indexOf(request)
  const rest = statements.slice(start).findIndex((each) => !isRequest(each))
  return rest === -1 ? statements.length : start + rest
}

/** Whether requests that come along with other functions would come to stand elsewhere, unseen by those of this one. */
export const mayComeElsewhere = (first: number, to: FileContext): boolean =>
  takenAtTop(to.file, to.scopes).some(
    ({ statement, specifier }) => specifier?.startsWith('.') && firstAfter(statement, to) !== first,
  )

/** Whether code that runs before a statement could come to the function, or reads its name. */
export const isReachedBefore = ({ binding, to }: Move, end: number): boolean => {
  const uses = usesOf(to)
  const reads = (node: ts.Node): boolean => ts.isIdentifier(node) && to.scopes.referenceOf(node)?.binding === binding
  return to.file.statements.slice(0, end).some((each) => {
    if (ts.isFunctionDeclaration(each)) return false
    const isCalm = isQuietStatement(each, to.scopes) || isIdle(each, to)
    return isCalm ? contains(each, reads, { intoFunctions: false }) : reachOf(each, uses, to).has(binding)
  })
}

/** Whether all statements that no change touches are still there, each for itself. */
export const keepsStatements = ({ file, text, unit }: FileContext, changes: readonly Change[]): boolean => {
  const all = changes.map((change) => ({ ...change, path: unit.path }))
  const made = parseUnit(unit.path, { content: Buffer.from(changed(text, all)), executable: false }, 'commonjs')
  if (!made || made.problems.length > 0) return false
  const left = made.file.statements.map((each) => each.getText(made.file))
  let at = -1
  return file.statements
    .filter((each) => !changes.some(({ start, end }) => start < each.end && end > each.getStart(file)))
    .every((each) => (at = left.indexOf(each.getText(file), at + 1)) !== -1)
}

/** The statement before which the function is put: a declaration before its first use, a constant before all of them. */
export const placeOf = (move: Move, first: number): ts.Statement | undefined => {
  const { statements } = move.to.file
  const user = statements.find((each) => usesIn(move).some((use) => within(use, each)))
  return move.handed.isHoisted ? user : statements[first]
}
