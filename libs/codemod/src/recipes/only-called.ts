import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { SourceUnit } from '../source-unit.ts'
import { functionOf, usesArguments } from '../syntax/functions.ts'
import { isConstant } from '../syntax/names.ts'
import { bare, isAssignment, isMember, outer, walk, type FunctionNode } from '../syntax/nodes.ts'
import type { ScopeTree } from '../syntax/scopes.ts'
import { isCondition } from '../syntax/truth.ts'
import { initializerOf } from '../syntax/untouched-lists.ts'

/** A function of this package that is called, with what has to hold for the call to reach it. */
export interface Callee {
  readonly node: FunctionNode
  readonly scopes: ScopeTree
  readonly assumptions: readonly string[]
}

/** The function that a call reaches: of this file, or of a module of this package that the file loads. */
export const calleeOf = (call: ts.CallExpression, file: FileContext): Callee | undefined => {
  const callee = bare(call.expression)
  if (ts.isIdentifier(callee)) {
    const binding = file.scopes.bindingOf(callee)
    if (!binding) return undefined
    const [sole] = binding.declarations
    if (sole && ts.isImportSpecifier(sole.node)) return importedFunction(sole.node, file)
    const node = functionOf(binding)
    return node && { node, scopes: file.scopes, assumptions: [] }
  }
  if (!ts.isPropertyAccessExpression(callee) || !ts.isIdentifier(callee.expression)) return undefined
  const binding = file.scopes.bindingOf(callee.expression)
  const loaded = binding && isConstant(binding) ? initializerOf(binding) : undefined
  return loaded && requiredFunction(loaded, callee.name.text, file)
}

const unitAt = (specifier: string, file: FileContext): SourceUnit | undefined => {
  const path = file.project.imports.resolve(file.unit.path, specifier)
  const unit = file.project.units.find((each) => each.path === path)
  return unit && unit.problems.length === 0 ? unit : undefined
}

const importedFunction = (node: ts.ImportSpecifier, file: FileContext): Callee | undefined => {
  const { moduleSpecifier } = node.parent.parent.parent as ts.ImportDeclaration
  const unit = unitAt((moduleSpecifier as ts.StringLiteral).text, file)
  const binding = unit?.scopes.root.bindings.get((node.propertyName ?? node.name).text)
  const owner = binding && functionOf(binding)
  if (!unit || !owner || !isExportedHere(binding.declarations[0]!.node)) return undefined
  return { node: owner, scopes: unit.scopes, assumptions: [] }
}

/** `export function f` or `export const f = ...`: the name outside is the name inside. */
const isExportedHere = (declaration: ts.Node): boolean => {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
  const kinds = modifiers.map(({ kind }) => kind)
  return kinds.includes(ts.SyntaxKind.ExportKeyword) && !kinds.includes(ts.SyntaxKind.DefaultKeyword)
}

const requiredFunction = (loaded: ts.Expression, name: string, file: FileContext): Callee | undefined => {
  const node = bare(loaded)
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'require')
    return undefined
  const [specifier] = node.arguments
  if (!specifier || !ts.isStringLiteral(specifier) || file.scopes.bindingOf(node.expression)) return undefined
  const unit = unitAt(specifier.text, file)
  const exported = unit && exportedList(unit)
  const property = exported?.properties.findLast((each) => each.name?.getText() === name)
  if (!unit || !property || file.project.units.some((each) => writesMember(each, name))) return undefined
  const value = ts.isPropertyAssignment(property) ? bare(property.initializer) : property.name
  if (!value || !ts.isIdentifier(value) || ts.isMethodDeclaration(property) || ts.isAccessor(property)) return undefined
  const binding = unit.scopes.root.bindings.get(value.text)
  const owner = binding && functionOf(binding)
  return owner && { node: owner, scopes: unit.scopes, assumptions: [`nobody replaces what ${specifier.text} exports`] }
}

/** The `{ ... }` of the only `module.exports = { ... }` of a file that mentions `module` and `exports` nowhere else. */
const exportedList = ({ file, scopes }: SourceUnit): ts.ObjectLiteralExpression | undefined => {
  const mentions = [...(scopes.globals.get('module') ?? []), ...(scopes.globals.get('exports') ?? [])]
  const [sole, more] = mentions
  const target = sole?.identifier.parent
  if (!target || more || !ts.isExpression(target) || !isMember(target, 'module', 'exports')) return undefined
  const assignment = target.parent
  if (!isAssignment(assignment) || assignment.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined
  if (assignment.left !== target || assignment.parent.parent !== file) return undefined
  const value = bare(assignment.right)
  if (!ts.isObjectLiteralExpression(value) || value.properties.some(ts.isSpreadAssignment)) return undefined
  return value
}

/** Whether a file may write a member of a name, of whatever object. */
const writesMember = ({ file }: SourceUnit, name: string): boolean => {
  let found = false
  walk(file, (node) => {
    const isIt =
      (ts.isPropertyAccessExpression(node) && node.name.text === name) ||
      (ts.isElementAccessExpression(node) &&
        ts.isStringLiteralLike(node.argumentExpression) &&
        node.argumentExpression.text === name)
    if (!isIt) return !found
    const parent = outer(node)
    if ((isAssignment(parent) && bare(parent.left) === node) || ts.isDeleteExpression(parent)) found = true
    return !found
  })
  return found
}

/** Whether a function does nothing with its parameter of a place but ask for it and call it. */
export const onlyCalls = ({ node, scopes }: Callee, index: number): boolean => {
  const parameter = node.parameters[index]
  if (!parameter || parameter.dotDotDotToken || !ts.isIdentifier(parameter.name) || usesArguments(node)) return false
  const binding = scopes.declaredBy(parameter.name)
  if (!binding || binding.scope.dynamic || binding.declarations.length > 1) return false
  return binding.references.every(({ identifier, read, typeOnly }) => typeOnly || !read || isCalledOrAsked(identifier))
}

const isCalledOrAsked = (use: ts.Identifier): boolean => {
  const parent = outer(use)
  if (ts.isTypeOfExpression(parent) || isCondition(use) || isBeforeAnd(parent, use)) return true
  if (ts.isCallExpression(parent)) return bare(parent.expression) === use
  if (!ts.isPropertyAccessExpression(parent) || !/^(call|apply)$/.test(parent.name.text)) return false
  const call = outer(parent)
  return ts.isCallExpression(call) && bare(call.expression) === parent
}

/** `callback && callback(x)`: a function is never what this gives. */
const isBeforeAnd = (parent: ts.Node, use: ts.Identifier): boolean =>
  ts.isBinaryExpression(parent) &&
  parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken &&
  bare(parent.left) === use
