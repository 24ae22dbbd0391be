import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { SourceUnit } from '../source-unit.ts'
import { contains, isAssignment, isFunctionNode, walk } from '../syntax/nodes.ts'
import { isQuietStatement, quietValue } from './quiet-code.ts'
import { requiredBy, requiredNames, type RequiredNames } from './required-names.ts'
import { isSilentSpecifier } from './silent-modules.ts'

/** What happens at one place when a CommonJS file is loaded: it asks for a module, or it runs code. */
export type Step =
  | { readonly kind: 'loads'; readonly specifier: string; readonly takes?: RequiredNames }
  | { readonly kind: 'runs'; readonly at: ts.Node }

/** What a statement at the top does; nothing where it only declares. */
export const stepsOf = (node: ts.Statement, { scopes }: FileContext): Step[] => {
  if (ts.isVariableStatement(node))
    return node.declarationList.declarations.flatMap((each): Step[] => {
      const takes = requiredNames(each, scopes)
      if (takes) return [{ kind: 'loads', specifier: takes.specifier, takes }]
      const isQuiet =
        ts.isIdentifier(each.name) && (!each.initializer || quietValue(each.initializer, scopes) !== undefined)
      return isQuiet ? [] : [{ kind: 'runs', at: each }]
    })
  if (isQuietStatement(node, scopes)) return []
  if (!ts.isExpressionStatement(node)) return [{ kind: 'runs', at: node }]
  if (ts.isStringLiteral(node.expression)) return []
  const specifier = requiredBy(node.expression, scopes)
  return [specifier === undefined ? { kind: 'runs', at: node } : { kind: 'loads', specifier }]
}

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

/** Whether what a request gives is the same whenever it is asked for again. */
const isSettled = ({ isWhole, specifier }: RequiredNames, { project, unit }: FileContext): boolean => {
  if (!isWhole) return false
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
  /** By request: how much has happened when it takes what it takes, where that could make a difference. */
  readonly taken: ReadonlyMap<RequiredNames, readonly number[]>
}

/** What happens when a file is loaded by these steps. Modules that only declare leave no trace. */
export const loadingOf = (steps: readonly Step[], file: FileContext): Loading => {
  const { project, unit } = file
  const happened: string[] = []
  const taken = new Map<RequiredNames, number[]>()
  for (const step of steps) {
    if (step.kind === 'runs') {
      happened.push(`runs ${step.at.pos}`)
      continue
    }
    const { specifier, takes } = step
    const path = specifier.startsWith('.') ? project.imports.resolve(unit.path, specifier) : undefined
    const event = `loads ${path ?? specifier}`
    if (!isSilentSpecifier(specifier, unit.path, project) && !happened.includes(event)) happened.push(event)
    if (takes && !isSettled(takes, file)) taken.set(takes, [...(taken.get(takes) ?? []), happened.length])
  }
  return { order: JSON.stringify(happened), taken }
}

/** Whether two ways of loading cannot be told apart: the same happens, and every request takes what it took. */
export const isSameLoading = (today: Loading, then: Loading): boolean =>
  today.order === then.order &&
  [...then.taken].every(([takes, times]) => times.every((time) => time === today.taken.get(takes)?.[0]))
