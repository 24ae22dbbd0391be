import ts from 'typescript'

import { directivesOf } from './strict.ts'
import { ancestor, isDeferred, isFunctionNode, isLoop, walk, within, type FunctionNode } from './nodes.ts'
import { enclosingFunctionOfScope, sharedBinding, type Binding, type Reference, type ScopeTree } from './scopes.ts'

/** A run of statements of one block, with what flows into it and out of it. */
export interface Region {
  readonly statements: readonly ts.Statement[]
  /** Variables of the function that the region reads as they are on entry. */
  readonly inputs: readonly Binding[]
  /** The one variable that the region gives a value which is used later. */
  readonly output: Binding | undefined
  /** Variables of the function that serve the region alone for a while: written there before they are read. */
  readonly locals: readonly Binding[]
  /** The output is declared in the region itself. */
  readonly declaresOutput: boolean
  /** The region always leaves the function, so that the call of what becomes of it is returned. */
  readonly returns: boolean
}

interface Span {
  readonly start: number
  readonly end: number
}

const inside = (node: ts.Node, { start, end }: Span): boolean => node.pos >= start && node.end <= end

/** Jumps that leave a region, and words whose meaning depends on the function around them. */
const boundProblem = (statements: readonly ts.Statement[], span: Span): string | undefined => {
  let problem: string | undefined
  const visit = (node: ts.Node, insideFunction: boolean): void => {
    if (problem) return
    if (ts.isIdentifier(node) && (node.text === 'eval' || (!insideFunction && node.text === 'arguments')))
      problem = `it uses ${node.text}`
    if (!insideFunction) problem ??= ownProblem(node, span)
    // An arrow has no this of its own, but what it awaits and returns is its own affair; such regions are rare.
    const opens = isFunctionNode(node) && !ts.isArrowFunction(node)
    ts.forEachChild(node, (child) => visit(child, insideFunction || opens))
  }
  for (const statement of statements) visit(statement, false)
  return problem
}

const ownProblem = (node: ts.Node, span: Span): string | undefined => {
  const { kind } = node
  if (kind === ts.SyntaxKind.ThisKeyword || kind === ts.SyntaxKind.SuperKeyword || ts.isMetaProperty(node))
    return 'it uses this, super or new.target'
  if (ts.isAwaitExpression(node) || ts.isYieldExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier))
    return 'it awaits or yields'
  if (ts.isBreakOrContinueStatement(node) && !jumpsInside(node, span)) return 'it jumps out of itself'
  return undefined
}

const jumpsInside = (node: ts.BreakOrContinueStatement, span: Span): boolean => {
  const target = ancestor(node, (each): each is ts.Node => {
    if (node.label) return ts.isLabeledStatement(each) && each.label.text === node.label.text
    return isLoop(each) || (ts.isBreakStatement(node) && ts.isSwitchStatement(each))
  })
  return target !== undefined && inside(target, span)
}

const returnsIn = (statements: readonly ts.Statement[]): number => {
  let count = 0
  for (const statement of statements) {
    walk(statement, (node) => {
      if (isFunctionNode(node)) return false
      if (ts.isReturnStatement(node)) count += 1
      return true
    })
  }
  return count
}

const loopAround = (span: Span, home: ts.Node, from: ts.Node): ts.Node | undefined => {
  let outermost: ts.Node | undefined
  for (let at: ts.Node | undefined = from; at !== undefined && at !== home; at = at.parent) {
    if (isLoop(at) && !inside(at, span)) outermost = at
  }
  return outermost
}

/**
 * Whether the value that a region leaves in a variable may be read afterwards: further down, or, in a loop, anywhere
 * in the loop the next time round, the region itself included when it reads what the last round left.
 */
const isLiveAfter = (binding: Binding, span: Span, loop: ts.Node | undefined, isRead: boolean): boolean => {
  const isCarried = loop !== undefined && binding.declarations.some(({ identifier }) => !inside(identifier, span))
  if (isCarried && isRead) return true
  return binding.references.some(({ identifier, read }) => {
    if (inside(identifier, span) || !read) return false
    return identifier.pos >= span.end || (loop !== undefined && within(identifier, loop))
  })
}

/** Whether the region writes a variable, on every way, before it reads it. */
const isWrittenFirst = (binding: Binding, uses: readonly Reference[], statements: readonly ts.Statement[]): boolean => {
  const declared = binding.declarations.some(({ identifier }) =>
    statements.some((statement) => within(identifier, statement)),
  )
  if (declared) return true
  const [first] = [...uses].sort((one, other) => one.identifier.pos - other.identifier.pos)
  if (!first || !first.write || first.read) return false
  const assignment = first.identifier.parent
  const isPlain =
    ts.isBinaryExpression(assignment) &&
    assignment.left === first.identifier &&
    ts.isExpressionStatement(assignment.parent)
  return (
    isPlain &&
    statements.includes(assignment.parent as ts.Statement) &&
    !uses.some((use) => use !== first && within(use.identifier, assignment))
  )
}

/** Finds what flows through a run of statements, or the reason why it cannot become a function of its own. */
export const regionOf = (
  statements: readonly ts.Statement[],
  home: FunctionNode,
  references: readonly Reference[],
  scopes: ScopeTree,
  neverCompletes: boolean,
): Region | string => {
  const first = statements[0]!
  const last = statements.at(-1)!
  const span = { start: first.pos, end: last.end }
  if (directivesOf(statements).length > 0 && ts.isBlock(first.parent) && first.parent.statements[0] === first)
    return 'it holds directives'
  const bound = boundProblem(statements, span)
  if (bound) return bound
  const returns = returnsIn(statements) > 0
  if (returns && !neverCompletes) return 'it returns on some ways only'
  const used = new Map<Binding, Reference[]>()
  for (const reference of references) {
    if (!inside(reference.identifier, span) || !reference.binding) continue
    used.set(reference.binding, [...(used.get(reference.binding) ?? []), reference])
  }
  for (const binding of declaredIn(statements, scopes)) if (!used.has(binding)) used.set(binding, [])
  const loop = loopAround(span, home, first.parent)
  return flow(statements, span, used, loop, returns)
}

/** Variables and functions that the statements declare, used there or not. */
const declaredIn = (statements: readonly ts.Statement[], scopes: ScopeTree): Binding[] => {
  const found: Binding[] = []
  for (const statement of statements) {
    walk(statement, (node) => {
      const binding = ts.isIdentifier(node) ? scopes.declaredBy(node) : undefined
      const shared = binding && sharedBinding(node as ts.Identifier, binding)
      if (binding) found.push(binding)
      if (shared) found.push(shared)
      return !isFunctionNode(node) || node === statement || ts.isFunctionDeclaration(node)
    })
  }
  return found
}

const flow = (
  statements: readonly ts.Statement[],
  span: Span,
  used: ReadonlyMap<Binding, readonly Reference[]>,
  loop: ts.Node | undefined,
  returns: boolean,
): Region | string => {
  const inputs: Binding[] = []
  const outputs: Binding[] = []
  const locals: Binding[] = []
  let declaresOutput = false
  for (const [binding, uses] of used) {
    if (binding.scope.kind === 'module') continue
    if (binding.scope.dynamic) return 'eval or with can see its variables'
    const declarations = binding.declarations.filter(({ identifier }) => inside(identifier, span))
    if (declarations.length > 0 && declarations.length < binding.declarations.length)
      return 'a variable is declared in several places'
    const declared = declarations.length > 0
    const isLocal = declared && binding.references.every(({ identifier }) => inside(identifier, span))
    if (isLocal) continue
    if (uses.every(({ typeOnly }) => typeOnly)) return 'it uses a type of the function'
    const problem = sharedProblem(binding, uses, span, declared)
    if (problem) return problem
    const isWritten = declared || uses.some(({ write }) => write)
    const isRead = !isWrittenFirst(binding, uses, statements)
    if (isWritten && !returns && isLiveAfter(binding, span, loop, isRead)) {
      outputs.push(binding)
      declaresOutput = declared
      if (declared && !isDeclaredHere(binding, statements)) return 'its result is declared deeper inside'
    } else if (declared) return 'a variable of it is used outside'
    if (isRead) inputs.push(binding)
    else if (!declared) locals.push(binding)
  }
  if (outputs.length > 1) return 'it has more than one result'
  const order = (binding: Binding): number => binding.declarations[0]!.identifier.pos
  inputs.sort((one, other) => order(one) - order(other))
  return { statements, inputs, locals, output: outputs[0], declaresOutput, returns }
}

const isDeclaredHere = (binding: Binding, statements: readonly ts.Statement[]): boolean => {
  const { node } = binding.declarations[0]!
  return (
    ts.isVariableDeclaration(node) &&
    ts.isVariableStatement(node.parent.parent) &&
    statements.includes(node.parent.parent)
  )
}

/** A variable that closures share cannot be handed over by value once somebody writes it. */
const sharedProblem = (
  binding: Binding,
  uses: readonly Reference[],
  span: Span,
  declared: boolean,
): string | undefined => {
  const home = enclosingFunctionOfScope(binding.scope)
  const writes = binding.references.filter(({ write }) => write)
  const isCaptured = binding.references.some(({ identifier }) => deferredIn(identifier, home))
  if (isCaptured && (writes.length > 0 || declared)) return 'it shares a variable with closures'
  const [first] = binding.declarations
  const isLexical = first && (first.kind === 'let' || first.kind === 'const' || first.kind === 'class')
  if (!declared && isLexical && first.identifier.pos > span.start) return 'it uses a variable that is declared later'
  if (binding.scope.kind === 'function-name' && uses.some(({ write }) => write))
    return 'it writes the name of a function'
  return undefined
}

const deferredIn = (node: ts.Node, home: ts.Node | undefined): boolean => {
  for (let at: ts.Node | undefined = node.parent; at !== undefined && at !== home; at = at.parent)
    if (isDeferred(at)) return true
  return false
}

/** Every use of a variable in a function, in the order of the text. */
export const referencesIn = (home: FunctionNode, scopes: ScopeTree): Reference[] => {
  const found: Reference[] = []
  walk(home, (node) => {
    const reference = ts.isIdentifier(node) ? scopes.referenceOf(node) : undefined
    if (reference) found.push(reference)
  })
  return found
}
