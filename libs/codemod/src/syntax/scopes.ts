import ts from 'typescript'

import { bindDeclarations } from './bind.ts'
import { enclosingFunction, isFunctionNode } from './nodes.ts'
import { referenceAt } from './reference-kind.ts'

export type ScopeKind = 'module' | 'function' | 'block' | 'class' | 'catch' | 'function-name'

export type BindingKind =
  'var' | 'let' | 'const' | 'using' | 'function' | 'class' | 'parameter' | 'catch' | 'import' | 'function-name' | 'type'

export interface Declaration {
  readonly kind: BindingKind
  readonly identifier: ts.Identifier
  /** The declaration's own node: variable declaration, parameter, function, class ... */
  readonly node: ts.Node
}

export interface Reference {
  readonly identifier: ts.Identifier
  readonly scope: Scope
  readonly read: boolean
  readonly write: boolean
  /** Used as a type only: gone when the code runs. */
  readonly typeOnly: boolean
  /** Not defined for globals. */
  binding?: Binding
}

export interface Binding {
  readonly name: string
  readonly scope: Scope
  readonly declarations: Declaration[]
  /** Every use but the declarations themselves. */
  readonly references: Reference[]
}

export interface Scope {
  readonly kind: ScopeKind
  readonly node: ts.Node
  readonly parent: Scope | undefined
  readonly bindings: Map<string, Binding>
  /** A direct eval or a `with` can see or make names here. */
  dynamic: boolean
}

/** The names of one file: where each is declared and where it is used. */
export interface ScopeTree {
  readonly root: Scope
  /** The scope that a node opens, if it opens one. */
  scopeOf(node: ts.Node): Scope | undefined
  /** The innermost scope around a node. */
  scopeAt(node: ts.Node): Scope
  /** What an identifier in an expression means; undefined for globals and for names that are no references. */
  bindingOf(identifier: ts.Identifier): Binding | undefined
  referenceOf(identifier: ts.Identifier): Reference | undefined
  /** The binding that a declaring identifier makes. */
  declaredBy(identifier: ts.Identifier): Binding | undefined
  /** Names that no scope of the file declares, with their uses. */
  readonly globals: ReadonlyMap<string, readonly Reference[]>
  /** Every identifier's text in the file, whatever it means: a name outside this set is free everywhere. */
  readonly names: ReadonlySet<string>
  readonly bindings: readonly Binding[]
}

const isParameterPart = (identifier: ts.Identifier, functionNode: ts.Node): boolean => {
  let at: ts.Node = identifier
  while (at.parent !== functionNode) at = at.parent
  return ts.isParameter(at)
}

/** A default value cannot see the names that the function's body declares. */
const visibleFrom = (binding: Binding, identifier: ts.Identifier): boolean => {
  if (binding.scope.kind !== 'function' || !isFunctionNode(binding.scope.node)) return true
  if (binding.declarations.some(({ kind }) => kind === 'parameter')) return true
  return !isParameterPart(identifier, binding.scope.node)
}

export const resolve = (name: string, from: Scope, identifier: ts.Identifier): Binding | undefined => {
  for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.parent) {
    const binding = scope.bindings.get(name)
    if (binding !== undefined && visibleFrom(binding, identifier)) return binding
  }
  return undefined
}

const markDynamic = (from: Scope): void => {
  for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.parent) scope.dynamic = true
}

const isDirectEval = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'eval'

/**
 * Binds every name of a file. `isStrict` decides whether functions in blocks are also function-scoped; a top level
 * that is the global scope is dynamic, for any other script can see and change it.
 */
export const buildScopes = (
  file: ts.SourceFile,
  isStrict: (node: ts.Node) => boolean,
  topLevelIsGlobal: boolean,
): ScopeTree => {
  const { root, scopes, declared } = bindDeclarations(file, isStrict)
  root.dynamic = topLevelIsGlobal
  const references = new Map<ts.Identifier, Reference>()
  const globals = new Map<string, Reference[]>()
  const names = new Set<string>()

  const scopeAt = (node: ts.Node): Scope => {
    for (let at = node, from: ts.Node | undefined; at !== undefined; from = at, at = at.parent) {
      const scope = scopes.get(at)
      // What opens a scope is itself outside of it, and so is a computed name.
      const isInside = ts.isSourceFile(at) || (from !== undefined && !(isFunctionNode(at) && from === at.name))
      if (scope !== undefined && isInside) return scope
    }
    return root
  }

  const refer = (identifier: ts.Identifier, scope: Scope): void => {
    const kind = referenceAt(identifier)
    if (kind === undefined) return
    const reference: Reference = { identifier, scope, ...kind }
    const binding = resolve(identifier.text, scope, identifier)
    references.set(identifier, reference)
    if (binding === undefined) {
      const others = globals.get(identifier.text)
      if (others === undefined) globals.set(identifier.text, [reference])
      else others.push(reference)
    } else {
      reference.binding = binding
      binding.references.push(reference)
    }
  }

  /** `scope` is what `scopeAt` says of the node: handed down, for climbing up from every name takes longer than parsing. */
  const visit = (node: ts.Node, scope: Scope): void => {
    if (ts.isIdentifier(node)) {
      names.add(node.text)
      refer(node, scope)
      return
    }
    if (isDirectEval(node)) markDynamic(scope)
    else if (ts.isWithStatement(node)) {
      markDynamic(scope)
      ts.forEachChild(node, (child) => markInside(child))
    }
    const inside = scopes.get(node) ?? scope
    const name = inside !== scope && isFunctionNode(node) ? node.name : undefined
    ts.forEachChild(node, (child) => visit(child, child === name ? scope : inside))
  }
  const markInside = (node: ts.Node): void => {
    const scope = scopes.get(node)
    if (scope !== undefined) scope.dynamic = true
    ts.forEachChild(node, markInside)
  }
  visit(file, root)

  return {
    root,
    scopeOf: (node) => scopes.get(node),
    scopeAt,
    bindingOf: (identifier) => references.get(identifier)?.binding ?? declared.get(identifier),
    referenceOf: (identifier) => references.get(identifier),
    declaredBy: (identifier) => declared.get(identifier),
    globals,
    names,
    bindings: [...new Set([...scopes.values()].flatMap((scope) => [...scope.bindings.values()]))],
  }
}

/** Whether a binding lives in the same function activation as a node. */
export const inSameFunction = (binding: Binding, node: ts.Node): boolean =>
  enclosingFunctionOfScope(binding.scope) === enclosingFunction(node)

export const enclosingFunctionOfScope = (scope: Scope): ts.Node | undefined =>
  isFunctionNode(scope.node) && scope.kind === 'function' ? scope.node : enclosingFunction(scope.node)

/** The only declaration of a binding that has exactly one. */
export const soleDeclaration = (binding: Binding): Declaration | undefined =>
  binding.declarations.length === 1 ? binding.declarations[0] : undefined

/** Uses that change the binding, declarations' own initialisers aside. */
export const writesOf = (binding: Binding): Reference[] => binding.references.filter(({ write }) => write)

/** Whether a name means the global of that name at a node. */
export const isGlobal = (scopes: ScopeTree, identifier: ts.Identifier, name: string): boolean =>
  identifier.text === name && scopes.referenceOf(identifier) !== undefined && scopes.bindingOf(identifier) === undefined

/** In sloppy code a function in a block has a second binding, in the function around it. */
export const sharedBinding = (name: ts.Identifier, binding: Binding): Binding | undefined => {
  for (let scope = binding.scope.parent; scope !== undefined; scope = scope.parent) {
    const other = scope.bindings.get(name.text)
    if (other?.declarations.some(({ identifier }) => identifier === name)) return other
  }
  return undefined
}
