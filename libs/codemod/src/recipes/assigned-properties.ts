import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { INTRINSICS, type Findings, type Recipe } from '../engine/recipe.ts'
import { isInert } from '../syntax/effects.ts'
import { usesArguments } from '../syntax/functions.ts'
import {
  ancestor,
  bare,
  contains,
  enclosingFunction,
  isFunctionNode,
  isMember,
  statementsOf,
  walk,
} from '../syntax/nodes.ts'
import { enclosingFunctionOfScope, type Binding } from '../syntax/scopes.ts'
import { changesOf, layoutProblem, type Made, type Property } from './assigned-properties-layout.ts'

/*
 * Proof obligation. `o = {}; o.a = x; o.b = y;` may become `o = { a: x, b: y };` when
 *  - the object is new and all that it has are plain properties of other names, so that setting one defines it;
 *    `__proto__` is no property, and a setter on Object.prototype would be a change of the intrinsics;
 *  - no value mentions the variable but in a function that only later runs, and an anonymous function, which a literal
 *    would name, is not among them;
 *  - nobody sees that the variable gets the object later than before: no closure, no `arguments`, no try around, or
 *    the values have no effect and cannot throw.
 * `o = Object.assign({}, p); o.a = x` may become `o = Object.assign({}, p, { a: x })`: both set. The values are now
 * evaluated before `p` is read, so they must have no effect; assign throws where sloppy code is silent, so the code
 * must be strict. Either all assignments that follow go into the literal, or none.
 */

const madeBy = (statement: ts.Statement): Made | undefined => {
  const [name, value] = targetOf(statement)
  if (!name || !value || !ts.isIdentifier(name)) return undefined
  if (ts.isObjectLiteralExpression(value)) return { name, into: value, copies: false }
  if (!ts.isCallExpression(value) || !isMember(value.expression, 'Object', 'assign')) return undefined
  const [target, ...sources] = value.arguments
  const last = sources.at(-1)
  if (!target || !last || !ts.isObjectLiteralExpression(target)) return undefined
  return { name, into: ts.isObjectLiteralExpression(last) ? last : value, copies: true }
}

const targetOf = (
  statement: ts.Statement,
): readonly [target?: ts.Node | undefined, value?: ts.Expression | undefined] => {
  if (ts.isVariableStatement(statement)) {
    const [sole, more] = statement.declarationList.declarations
    return more || !sole ? [] : [sole.name, sole.initializer]
  }
  if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) return []
  const { left, right, operatorToken } = statement.expression
  return operatorToken.kind === ts.SyntaxKind.EqualsToken ? [left, right] : []
}

/** The assignments to properties of a variable that follow a statement, up to the first statement of another sort. */
const propertiesAfter = (siblings: readonly ts.Statement[], index: number, name: string): Property[] => {
  const found: Property[] = []
  for (const statement of siblings.slice(index + 1)) {
    if (!ts.isExpressionStatement(statement)) break
    const [target, value] = targetOf(statement)
    if (!target || !value || !ts.isPropertyAccessExpression(target)) break
    if (
      !ts.isIdentifier(target.name) ||
      !ts.isIdentifier(target.expression) ||
      target.expression.text !== name ||
      target.questionDotToken
    )
      break
    found.push({ statement, name: target.name.text, value })
  }
  return found
}

const plainNames = (literal: ts.ObjectLiteralExpression): string[] | undefined => {
  const names: string[] = []
  for (const property of literal.properties) {
    const isPlain =
      ts.isPropertyAssignment(property) ||
      ts.isShorthandPropertyAssignment(property) ||
      ts.isMethodDeclaration(property)
    if (!isPlain || ts.isComputedPropertyName(property.name)) return undefined
    names.push(property.name.getText().replace(/^(['"])(.*)\1$/, '$2'))
  }
  return names
}

const isNamedByPlace = (node: ts.Expression): boolean => {
  const value = bare(node)
  return ts.isArrowFunction(value) || ((ts.isFunctionExpression(value) || ts.isClassExpression(value)) && !value.name)
}

const namesProblem = ({ into }: Made, added: readonly Property[]): string | undefined => {
  const old = ts.isObjectLiteralExpression(into) ? plainNames(into) : []
  if (!old) return 'the literal has accessors, spread or computed names'
  const names = [...old, ...added.map(({ name }) => name)]
  if (names.includes('__proto__')) return '__proto__ is no property'
  if (new Set(names).size < names.length) return 'a property is set twice'
  return added.some(({ value }) => isNamedByPlace(value)) ? 'a function would get a name' : undefined
}

/** Whether the names of a value surely have their values where it stands. */
const isReady = (value: ts.Expression, home: ts.Node | undefined, file: FileContext): boolean =>
  !contains(value, (node) => {
    if (!ts.isIdentifier(node) || !file.scopes.referenceOf(node)) return false
    const binding = file.scopes.bindingOf(node)
    if (!binding || enclosingFunction(node) !== home) return false
    return !binding.declarations.every(
      ({ kind, identifier }) =>
        /^(function|parameter|var|function-name|catch)$/.test(kind) ||
        (kind !== 'import' && enclosingFunction(identifier) === home && identifier.pos < node.pos),
    )
  })

const visibilityProblem = (
  { name, copies }: Made,
  added: readonly Property[],
  binding: Binding,
  file: FileContext,
): string | undefined => {
  if (binding.scope.dynamic) return 'eval or with can see the variable'
  const home = enclosingFunction(name)
  const mentions = (node: ts.Node): boolean => ts.isIdentifier(node) && file.scopes.bindingOf(node) === binding
  if (added.some(({ value }) => !isFunctionNode(bare(value)) && contains(value, mentions, { intoFunctions: false })))
    return 'a value is made of the object itself'
  const isQuiet = added.every(({ value }) => isInert(value, file.scopes) && isReady(value, home, file))
  if (isQuiet) return undefined
  if (copies) return 'a value may have an effect, which would come before the copy'
  const isShared =
    home === undefined ||
    enclosingFunctionOfScope(binding.scope) !== home ||
    binding.references.some(({ identifier }) => enclosingFunction(identifier) !== home) ||
    (usesArguments(home) && binding.declarations.some(({ kind }) => kind === 'parameter'))
  if (isShared) return 'somebody could look at the variable while a value is made'
  return ancestor(name, ts.isTryStatement) ? 'a catch could see the variable' : undefined
}

const convert = (siblings: readonly ts.Statement[], index: number, file: FileContext, findings: Findings): void => {
  const first = siblings[index]!
  const made = madeBy(first)
  if (!made) return
  const added = propertiesAfter(siblings, index, made.name.text)
  const binding = file.scopes.bindingOf(made.name)
  if (added.length === 0 || !binding) return
  if (made.copies && (file.scopes.root.bindings.has('Object') || !file.unit.isStrict(first)))
    return findings.refuse(first, 'Object.assign throws where this code is silent')
  const problem =
    namesProblem(made, added) ?? visibilityProblem(made, added, binding, file) ?? layoutProblem(first, added, file)
  if (problem) return findings.refuse(first, problem)
  const changes = changesOf(made, added, file)
  if (!changes) return findings.refuse(first, 'the literal would have to be laid out anew')
  findings.edit({
    at: first,
    title: `${added.length} ${added.length === 1 ? 'property goes' : 'properties go'} into the literal of ${made.name.text}`,
    reason: 'the object is new, and nobody sees it before they are set',
    changes: [...changes, { start: first.end, end: added.at(-1)!.statement.end, text: '' }],
    assumptions: [INTRINSICS],
  })
}

export const assignedProperties: Recipe = {
  id: 'assigned-properties',
  title: 'properties set at once to the literal',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    if (file.unit.language !== 'javascript') return
    walk(file.file, (node) => {
      const statements = statementsOf(node)
      statements?.forEach((_, index) => convert(statements, index, file, findings))
    })
  },
}
