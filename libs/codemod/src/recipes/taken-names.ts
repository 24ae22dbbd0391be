import { builtinModules } from 'node:module'
import ts from 'typescript'

import { bare } from '../syntax/nodes.ts'
import type { Binding, ScopeTree } from '../syntax/scopes.ts'

const builtins = new Set(builtinModules)

/** Whether a module is one of Node's own. */
export const isBuiltin = (specifier: string): boolean => specifier.startsWith('node:') || builtins.has(specifier)

/**
 * What a declaration at the top of a file takes from elsewhere, as another file could: `const a = require('x')`,
 * `{ a, b: c } = ...`, `require('x').a`, and what is read of the engine or of its modules, as `Array.isArray` and
 * `path.sep` are.
 */
export interface TakenNames {
  readonly statement: ts.VariableStatement
  readonly declaration: ts.VariableDeclaration
  /** The module that it loads; undefined where it only reads. */
  readonly specifier: string | undefined
  readonly names: readonly ts.Identifier[]
  /** Whether the name means the module itself, and not what the module holds when it is asked. */
  readonly isWhole: boolean
}

/** What `require('x')` asks for, by a literal; undefined for all other code. */
export const requiredBy = (expression: ts.Expression, scopes: ScopeTree): string | undefined => {
  const node = bare(expression)
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.questionDotToken) return undefined
  const [specifier, more] = node.arguments
  const isRequire = node.expression.text === 'require' && scopes.bindingOf(node.expression) === undefined
  return isRequire && specifier && !more && ts.isStringLiteral(specifier) ? specifier.text : undefined
}

/** `a` in `a.b.c`. */
const withoutMembers = (expression: ts.Expression): ts.Expression => {
  const node = bare(expression)
  return ts.isPropertyAccessExpression(node) && !node.questionDotToken ? withoutMembers(node.expression) : node
}

/** The names of a pattern that only takes properties; undefined where it does more. */
const plainNames = (pattern: ts.ObjectBindingPattern): ts.Identifier[] | undefined => {
  const names = pattern.elements.flatMap(({ name, propertyName, initializer, dotDotDotToken }) => {
    const isPlain = ts.isIdentifier(name) && (!propertyName || ts.isIdentifier(propertyName))
    return isPlain && !initializer && !dotDotDotToken ? [name] : []
  })
  return names.length > 0 && names.length === pattern.elements.length ? names : undefined
}

const engine = new Set(
  'Object Array String Number Boolean Symbol Function RegExp Date Map Set WeakMap WeakSet Promise Math JSON Reflect'.split(
    ' ',
  ),
)

/** Whether a name means a module of Node as a whole, and nothing else. */
const isBuiltinModule = (binding: Binding, scopes: ScopeTree): boolean => {
  const [sole, more] = binding.declarations
  if (!sole || more || !ts.isVariableDeclaration(sole.node) || !sole.node.initializer) return false
  const specifier = ts.isIdentifier(sole.node.name) ? requiredBy(sole.node.initializer, scopes) : undefined
  return specifier !== undefined && isBuiltin(specifier) && !binding.references.some(({ write }) => write)
}

/** `Object.prototype.hasOwnProperty`, `path.sep`: properties of what the engine made, which nobody has to be asked for. */
const isEngineRead = (value: ts.Expression, scopes: ScopeTree): boolean => {
  const root = withoutMembers(value)
  if (!ts.isPropertyAccessExpression(bare(value)) || !ts.isIdentifier(root)) return false
  const binding = scopes.bindingOf(root)
  return binding ? isBuiltinModule(binding, scopes) : engine.has(root.text)
}

/** What a declaration takes from elsewhere, where it does nothing else. */
export const takenNames = (declaration: ts.VariableDeclaration, scopes: ScopeTree): TakenNames | undefined => {
  const { name, initializer } = declaration
  const statement = declaration.parent.parent
  if (!initializer || !ts.isVariableStatement(statement) || !ts.isSourceFile(statement.parent)) return undefined
  const call = withoutMembers(initializer)
  const specifier = requiredBy(call, scopes)
  const names = ts.isIdentifier(name) ? [name] : ts.isObjectBindingPattern(name) ? plainNames(name) : undefined
  if (!names || (specifier === undefined && !(ts.isIdentifier(name) && isEngineRead(initializer, scopes))))
    return undefined
  const isWhole = specifier !== undefined && ts.isIdentifier(name) && call === bare(initializer)
  return { statement, declaration, specifier, names, isWhole }
}

/** What the declarations at the top of a file take from elsewhere, in their order. */
export const takenAtTop = (file: ts.SourceFile, scopes: ScopeTree): TakenNames[] =>
  file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .flatMap((each) => takenNames(each, scopes) ?? [])
