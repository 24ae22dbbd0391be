import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { compilerOption } from '../floor/package-sources.ts'
import { callsOf, isNamedByVariable, usesArguments } from '../syntax/functions.ts'
import {
  bare,
  enclosingFunction,
  isAssignment,
  isFunctionNode,
  walk,
  within,
  type FunctionNode,
} from '../syntax/nodes.ts'
import { sharedBinding, type Binding, type Declaration, type Scope } from '../syntax/scopes.ts'
import { containsScope, isReserved } from './renaming.ts'

/*
 * Which variables of a file may get another name at all:
 *  - a variable, a parameter or a private function that nothing but code of this file can name: not exported, no
 *    property by it (parameter properties, namespaces), no eval, no `with`, no script that shares the top level;
 *  - one whose name nobody can read: a function or class has it as its `name`, and stays unless it is only called;
 *    the declarations that a package emits hold the parameters of what others can see.
 */

const variables = new Set(['var', 'let', 'const', 'using', 'parameter', 'catch', 'function'])

/** Whether a name is a variable, a parameter or a function, and nothing besides. */
export const isVariable = ({ declarations }: Binding): boolean => declarations.every(({ kind }) => variables.has(kind))

/** The value that a node gives to a variable. */
const valueGiven = (node: ts.Node, identifier: ts.Identifier): ts.Expression | undefined => {
  if (ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node))
    return node.name === identifier ? node.initializer : undefined
  if (ts.isShorthandPropertyAssignment(node)) return node.objectAssignmentInitializer
  return isAssignment(node) && bare(node.left) === identifier ? node.right : undefined
}

/** What stands around an identifier, parentheses and assertions of types aside. */
const around = (identifier: ts.Identifier): ts.Node => {
  let at: ts.Node = identifier.parent
  while (ts.isExpression(at) && bare(at) === identifier) at = at.parent
  return at
}

/** The values that name themselves after a variable: functions and classes without a name of their own. */
const namedValues = ({ declarations, references }: Binding): ts.Expression[] =>
  [...declarations, ...references]
    .flatMap(({ identifier }) => valueGiven(around(identifier), identifier) ?? [])
    .filter(isNamedByVariable)
    .map(bare)

/** Whether nobody but calls in sight ever holds a function: then its name is read by nobody. */
const isOnlyCalled = (owner: ts.Node, file: FileContext): boolean =>
  isFunctionNode(owner) && !usesArguments(owner) && callsOf(owner, file.scopes) !== undefined

const namingProblem = (binding: Binding, file: FileContext): string | undefined => {
  const functions = binding.declarations.filter(({ kind }) => kind === 'function')
  if (functions.some(({ identifier }) => sharedBinding(identifier, binding)))
    return 'a function in a block of sloppy code is also a variable of the function around it'
  const named = [...functions.map(({ node }) => node), ...namedValues(binding)]
  return named.every((each) => isOnlyCalled(each, file)) ? undefined : 'it gives a function or class its name'
}

/** Whether a compiler writes declarations of a file; from JavaScript it takes more than from types. */
const writesDeclarations = (file: FileContext): boolean =>
  file.unit.language === 'typescript' ||
  ['allowJs', 'checkJs'].some((name) => compilerOption(file.project.tree, name) === true)

/** Whether nothing of a function's inside shows in its type: its result is written down, or there is none. */
const hidesInside = (owner: FunctionNode): boolean => {
  if (ts.isConstructorDeclaration(owner) || !owner.body) return false
  if (ts.isSetAccessorDeclaration(owner) || owner.type) return true
  if (owner.asteriskToken || !ts.isBlock(owner.body)) return false
  let returns = false
  walk(owner.body, (node) => {
    if (ts.isReturnStatement(node) && node.expression) returns = true
    return !isFunctionNode(node)
  })
  return !returns
}

/** Emitted declarations hold the parameters of whatever function others can get hold of. */
const isDeclaredOutside = ({ node, kind }: Declaration, file: FileContext): boolean => {
  const owner = enclosingFunction(node)
  if (kind !== 'parameter' || owner === undefined || callsOf(owner, file.scopes)) return false
  if (file.unit.language === 'javascript') return true
  for (let at = enclosingFunction(owner); at !== undefined; at = enclosingFunction(at)) {
    if (hidesInside(at) && within(owner, at.body!)) return false
  }
  return true
}

const others: ReadonlySet<ts.SyntaxKind> = new Set([ts.SyntaxKind.ExportKeyword, ts.SyntaxKind.DeclareKeyword])

/** Exported here or later, or only declared here and made elsewhere. */
const isKnownElsewhere = ({ declarations, references }: Binding): boolean =>
  references.some(({ identifier }) => ts.isExportSpecifier(identifier.parent)) ||
  declarations.some(({ node }) => {
    const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node
    return ts.canHaveModifiers(statement) && (ts.getModifiers(statement)?.some(({ kind }) => others.has(kind)) ?? false)
  })

/** In `catch (e) { var e = 1 }` the value goes to the variable of the clause. */
const sharesCatch = (binding: Binding, file: FileContext): boolean =>
  binding.declarations.some(({ kind, identifier }) => {
    if (kind !== 'var') return false
    for (let at: Scope | undefined = file.scopes.scopeAt(identifier); at && at !== binding.scope; at = at.parent) {
      if (at.bindings.has(binding.name)) return true
    }
    return false
  }) ||
  (binding.scope.kind === 'catch' &&
    file.scopes.bindings.some(
      ({ name, declarations }) =>
        name === binding.name &&
        declarations.some(
          ({ kind, identifier }) => kind === 'var' && containsScope(binding.scope, file.scopes.scopeAt(identifier)),
        ),
    ))

const isTagName = ({ parent }: ts.Identifier): boolean =>
  ts.isJsxOpeningLikeElement(parent) || ts.isJsxClosingElement(parent)

/** Why a variable keeps its name, whatever the other one would be. */
export const renamingProblem = (binding: Binding, file: FileContext): string | undefined => {
  const { declarations, references, scope } = binding
  if (!isVariable(binding) || isReserved(binding.name)) return 'it is more than a variable'
  if (scope.dynamic) return 'eval, with or other scripts can see the name'
  if (ts.isModuleBlock(scope.node)) return 'it is a member of a namespace'
  if (isKnownElsewhere(binding)) return 'others know it by this name'
  if (declarations.some(({ node }) => ts.isParameterPropertyDeclaration(node, node.parent)))
    return 'it is a property as well'
  if (declarations.some(({ node }) => isFunctionNode(node) && !node.body)) return 'its function has overloads'
  if (references.some(({ identifier }) => isTagName(identifier))) return 'it is the name of a JSX element'
  if (sharesCatch(binding, file)) return 'a variable of a catch clause has the same name'
  if (writesDeclarations(file) && scope.kind === 'module') return 'emitted declarations may hold its name'
  if (writesDeclarations(file) && declarations.some((each) => isDeclaredOutside(each, file)))
    return 'emitted declarations may hold the name of the parameter'
  return namingProblem(binding, file)
}
