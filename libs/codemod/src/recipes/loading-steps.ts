import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { SourceUnit } from '../source-unit.ts'
import { contains, isAssignment, isFunctionNode, walk } from '../syntax/nodes.ts'
import { isQuietStatement, quietValue } from './quiet-code.ts'
import { isSilentSpecifier } from './silent-modules.ts'
import { requiredBy, takenNames, type TakenNames } from './taken-names.ts'

/** What happens at one place when a CommonJS file is loaded: it takes something from elsewhere, or it runs code. */
export type Step =
  | { readonly kind: 'takes'; readonly specifier: string | undefined; readonly takes?: TakenNames }
  | { readonly kind: 'runs'; readonly at: ts.Node }

/** What a statement at the top does; nothing where it only declares. */
export const stepsOf = (node: ts.Statement, { scopes }: FileContext): Step[] => {
  if (ts.isVariableStatement(node))
    return node.declarationList.declarations.flatMap((each): Step[] => {
      const takes = takenNames(each, scopes)
      if (takes) return [{ kind: 'takes', specifier: takes.specifier, takes }]
      const isQuiet =
        ts.isIdentifier(each.name) && (!each.initializer || quietValue(each.initializer, scopes) !== undefined)
      return isQuiet ? [] : [{ kind: 'runs', at: each }]
    })
  if (isQuietStatement(node, scopes)) return []
  if (!ts.isExpressionStatement(node)) return [{ kind: 'runs', at: node }]
  if (ts.isStringLiteral(node.expression)) return []
  const specifier = requiredBy(node.expression, scopes)
  return [specifier === undefined ? { kind: 'runs', at: node } : { kind: 'takes', specifier }]
}

/** Whether nothing runs at a place that could call anybody. */
export const isIdle = (node: ts.Statement, file: FileContext): boolean =>
  stepsOf(node, file).every(
    (step) =>
      step.kind === 'takes' &&
      (step.specifier === undefined || isSilentSpecifier(step.specifier, file.unit.path, file.project)),
  )

const isExportsOfModule = (node: ts.Node): boolean =>
  ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node && node.parent.name.text === 'exports'

/** Whether a module of the tree sets `module.exports` at its top only, so that it stays one value from then on. */
const staysOne = ({ file, moduleKind, language, problems }: SourceUnit): boolean => {
  if (moduleKind !== 'commonjs' || language !== 'javascript' || problems.length > 0) return false
  const isLate = (node: ts.Node): boolean =>
    isAssignment(node) && ts.isPropertyAccessExpression(node.left) && node.left.name.text === 'exports'
  let isKnown = true
  walk(file, (node) => {
    if (ts.isIdentifier(node) && node.text === 'module' && !isExportsOfModule(node)) isKnown = false
    if (isFunctionNode(node) && contains(node, isLate)) isKnown = false
  })
  return isKnown
}

/** Whether what is taken is the same whenever it is asked for again. */
const isSettled = ({ isWhole, specifier }: TakenNames, { project, unit }: FileContext): boolean => {
  if (!isWhole || specifier === undefined) return false
  const { name } = project.package
  if (specifier.startsWith('#') || specifier === name || specifier.startsWith(`${name}/`)) return false
  if (!specifier.startsWith('.')) return true
  const path = project.imports.resolve(unit.path, specifier)
  const found = path === undefined ? undefined : project.units.find((each) => each.path === path)
  return found !== undefined && staysOne(found)
}

/** What can be told of the loading of a file. */
export interface Loading {
  /** Code that runs and modules that are loaded for the first time, in their order. */
  readonly order: string
  /** How much has happened when something is taken, where that could make a difference. */
  readonly taken: ReadonlyMap<TakenNames, readonly number[]>
}

/** What happens when a file is loaded by these steps. Modules that only declare leave no trace. */
export const loadingOf = (steps: readonly Step[], file: FileContext): Loading => {
  const { project, unit } = file
  const happened: string[] = []
  const taken = new Map<TakenNames, number[]>()
  for (const step of steps) {
    if (step.kind === 'runs') {
      happened.push(`runs ${step.at.pos}`)
      continue
    }
    const { specifier, takes } = step
    if (specifier !== undefined && !isSilentSpecifier(specifier, unit.path, project)) {
      const path = specifier.startsWith('.') ? project.imports.resolve(unit.path, specifier) : undefined
      const event = `loads ${path ?? specifier}`
      if (!happened.includes(event)) happened.push(event)
    }
    if (takes && !isSettled(takes, file)) taken.set(takes, [...(taken.get(takes) ?? []), happened.length])
  }
  return { order: JSON.stringify(happened), taken }
}

/** Whether two ways of loading cannot be told apart: the same happens, and everything is taken that was taken. */
export const isSameLoading = (today: Loading, then: Loading): boolean =>
  today.order === then.order &&
  [...then.taken].every(([takes, times]) => times.every((time) => time === today.taken.get(takes)?.[0]))
