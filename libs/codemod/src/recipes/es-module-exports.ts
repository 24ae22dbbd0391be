import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { isConstant, meansTheSame } from '../syntax/names.ts'
import { bare, isFunctionNode } from '../syntax/nodes.ts'
import type { Binding } from '../syntax/scopes.ts'
import type { ModuleProblem } from './es-module-problem.ts'
import { isReserved } from './renaming.ts'

/*
 * Proof obligation. What a file exports can be written as exports of an ES module when
 *  - `module` and `exports` are used for nothing else: `module.exports = value` once, or `exports.name = value` once for
 *    each name, as statements at the top, and behind the former `module.exports` again for the same value;
 *  - a name that is exported means a constant of the file that has its value by then: the export, which follows the
 *    variable, is what the object would hold;
 *  - a function or class that has no name is called as its export from then on, or as its file: that is said in the spec,
 *    and nothing else may come of it.
 */

/** A constant of the file under the name by which others take it. */
export interface ExportedName {
  readonly exported: string
  readonly local: string
}

/** `exports.name = value`. */
export interface ExportedMember {
  readonly statement: ts.ExpressionStatement
  readonly target: ts.PropertyAccessExpression
  readonly name: string
  readonly value: ts.Expression
  /** The constant that the value is; undefined where it becomes one. */
  readonly local: string | undefined
}

/** What a CommonJS file gives to those who ask for it. */
export type ModuleExports =
  | { readonly kind: 'nothing'; readonly names: readonly ExportedName[] }
  | { readonly kind: 'members'; readonly names: readonly ExportedName[]; readonly members: readonly ExportedMember[] }
  | {
      readonly kind: 'value'
      /** Properties of the value, where it is an object literal, that are constants of the file. */
      readonly names: readonly ExportedName[]
      /** Whether these are all that it has. */
      readonly isAllNames: boolean
      readonly statement: ts.ExpressionStatement
      readonly assignment: ts.BinaryExpression
      readonly value: ts.Expression
      /** Where the same value is meant again: `module.exports` behind the statement. */
      readonly again: readonly ts.Expression[]
    }

/** `module.exports`, or `exports`. */
interface Place {
  readonly node: ts.Expression
  readonly isShort: boolean
}

const placesOf = ({ scopes }: FileContext): Place[] | ModuleProblem => {
  const own = scopes.root.bindings.get('module') ?? scopes.root.bindings.get('exports')
  if (own) return { at: own.declarations[0]!.node, reason: `it declares a ${own.name} of its own` }
  const long: Place[] = []
  for (const { identifier } of scopes.globals.get('module') ?? []) {
    const { parent } = identifier
    const isExports = ts.isPropertyAccessExpression(parent) && parent.name.text === 'exports'
    if (!isExports) return { at: identifier, reason: 'it uses module for more than its exports' }
    long.push({ node: parent, isShort: false })
  }
  const short = (scopes.globals.get('exports') ?? []).map(({ identifier }) => ({ node: identifier, isShort: true }))
  return [...long, ...short].sort((one, other) => one.node.pos - other.node.pos)
}

const assignmentTo = (node: ts.Expression): ts.BinaryExpression | undefined => {
  const { parent } = node
  const isSet =
    ts.isBinaryExpression(parent) && parent.left === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  return isSet ? parent : undefined
}

/** The statement at the top that is an assignment, and nothing else; `exports = module.exports = value` counts too. */
const statementOf = (assignment: ts.BinaryExpression): ts.ExpressionStatement | undefined => {
  const { parent } = assignment
  if (ts.isExpressionStatement(parent)) return ts.isSourceFile(parent.parent) ? parent : undefined
  const isChain = ts.isBinaryExpression(parent) && parent.right === assignment && parent.left.getText() === 'exports'
  return isChain && assignmentTo(parent.left) ? statementOf(parent) : undefined
}

/** The name of the constant that a value is, where it has its value by then and means it at the end of the file too. */
const constantOf = (value: ts.Node, { scopes }: FileContext): string | undefined => {
  if (!ts.isIdentifier(value)) return undefined
  const binding = scopes.bindingOf(value) ?? shorthandBinding(value, scopes.root.bindings)
  if (!binding || binding.scope !== scopes.root || !isConstant(binding)) return undefined
  const [{ kind, identifier }] = binding.declarations as [Binding['declarations'][number]]
  return kind === 'function' || identifier.pos < value.pos ? value.text : undefined
}

const shorthandBinding = (value: ts.Identifier, known: ReadonlyMap<string, Binding>): Binding | undefined =>
  ts.isShorthandPropertyAssignment(value.parent) ? known.get(value.text) : undefined

/** Whether a value is a function or class that has no name, and gets one where it becomes a variable or an export. */
export const isNameless = (value: ts.Expression): boolean => {
  const node = bare(value)
  return (isFunctionNode(node) || ts.isClassExpression(node)) && !node.name
}

const special = /^(default|__esModule|__proto__|module\.exports)$/

/** Properties of an object literal that are constants under plain names. */
const namesIn = (value: ts.Expression, file: FileContext): { names: ExportedName[]; isAllNames: boolean } => {
  if (!ts.isObjectLiteralExpression(value)) return { names: [], isAllNames: false }
  const names = value.properties.flatMap((property): ExportedName[] => {
    const isPair = ts.isPropertyAssignment(property) && ts.isIdentifier(property.name)
    const held = isPair ? property.initializer : ts.isShorthandPropertyAssignment(property) ? property.name : undefined
    const local = held && constantOf(held, file)
    const exported = property.name && ts.isIdentifier(property.name) ? property.name.text : undefined
    return local !== undefined && exported !== undefined && !special.test(exported) ? [{ exported, local }] : []
  })
  const known = value.properties.map(({ name }) => (name && !ts.isComputedPropertyName(name) ? name.text : undefined))
  const isPlain = !known.includes(undefined) && new Set(known).size === known.length
  return isPlain ? { names, isAllNames: names.length === known.length } : { names: [], isAllNames: false }
}

const valueExports = (
  sets: readonly ts.BinaryExpression[],
  places: readonly Place[],
  file: FileContext,
): ModuleExports | ModuleProblem => {
  const [assignment, another] = sets as [ts.BinaryExpression, ...ts.BinaryExpression[]]
  if (another) return { at: another, reason: 'it sets module.exports more than once' }
  const statement = statementOf(assignment)
  if (!statement)
    return { at: assignment, reason: 'it sets module.exports in another place than a statement at its top' }
  const value = assignment.right
  const others = places.filter(({ node }) => node.pos < statement.pos || node.pos >= value.pos)
  const isChained = statement.expression !== assignment
  const early = others.find(({ node, isShort }) => node.pos < statement.end || (isShort && !isChained))
  if (early) return { at: early.node, reason: 'it uses its exports before it replaces them, or those that it replaced' }
  const again = others.map(({ node }) => node)
  const reset = again.find((node) => assignmentTo(node))
  if (reset) return { at: reset, reason: 'it sets module.exports more than once' }
  return { kind: 'value', statement, assignment, value, again, ...namesIn(value, file) }
}

const memberExports = (places: readonly Place[], file: FileContext): ModuleExports | ModuleProblem => {
  const { scopes } = file
  const members: ExportedMember[] = []
  for (const { node } of places) {
    const target = node.parent
    const assignment =
      ts.isPropertyAccessExpression(target) && target.expression === node ? assignmentTo(target) : undefined
    const statement = assignment && statementOf(assignment)
    if (!assignment || !statement || !ts.isPropertyAccessExpression(target))
      return { at: node, reason: 'it uses its exports in another way than to set them by name, at its top' }
    const name = target.name.text
    const value = assignment.right
    const local = constantOf(value, file)
    if (special.test(name) || members.some((each) => each.name === name))
      return { at: target, reason: `it sets ${name} twice, or gives it a meaning of its own` }
    const isFree = !isReserved(name) && !scopes.root.bindings.has(name) && !scopes.globals.has(name)
    if (local === undefined && !isFree) return { at: target, reason: `${name} means something else in the file` }
    members.push({ statement, target, name, value, local })
  }
  const names = members.map(({ name, local }) => ({ exported: name, local: local ?? name }))
  return { kind: 'members', members, names }
}

/** What a file exports; a problem where it cannot be said in the words of ES modules. */
export const exportsOf = (file: FileContext): ModuleExports | ModuleProblem => {
  const places = placesOf(file)
  if (!Array.isArray(places)) return places as ModuleProblem
  const all = places as readonly Place[]
  if (all.length === 0) return { kind: 'nothing', names: [] }
  const sets = all.flatMap(({ node, isShort }) => (isShort ? [] : (assignmentTo(node) ?? [])))
  return sets.length > 0 ? valueExports(sets, all, file) : memberExports(all, file)
}

/** The name by which the value of `module.exports` can be called behind it; undefined where it needs one of its own. */
export const nameOfValue = (value: ts.Expression, file: FileContext): string | undefined => {
  const { scopes } = file
  const constant = constantOf(value, file)
  if (constant !== undefined) return constant
  if (!ts.isFunctionExpression(value) && !ts.isClassExpression(value)) return undefined
  if (!value.name) return undefined
  const name = value.name.text
  const own = scopes.declaredBy(value.name)
  const isWritten = own?.references.some(({ write }) => write) ?? true
  return scopes.root.bindings.has(name) || scopes.globals.has(name) || isWritten ? undefined : name
}

/** Whether a name of the file means at a place what it means at its top. */
export const isReachable = (name: string, place: ts.Expression, { scopes }: FileContext): boolean => {
  const root = ts.isPropertyAccessExpression(place) ? place.expression : place
  return ts.isIdentifier(root) && meansTheSame(name, scopes.root.bindings.get(name), root, scopes)
}

/** Whether somebody gets a name by becoming an export. */
export const givesNames = (exports: ModuleExports): boolean => {
  if (exports.kind === 'nothing') return false
  if (exports.kind === 'value') return isNameless(exports.value)
  return exports.members.some(({ local, value }) => local === undefined && isNameless(value))
}
