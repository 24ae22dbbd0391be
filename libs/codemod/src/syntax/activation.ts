import ts from 'typescript'

import { runsForeignBetween, type Surroundings } from './effects.ts'
import { isDeferred, isLoop } from './nodes.ts'
import { enclosingFunctionOfScope, sharedBinding, type Binding } from './scopes.ts'

/** The outermost function around a node that is still inside of `home` (undefined: the top level). */
export const outermostDeferred = (node: ts.Node, home: ts.Node | undefined): ts.Node | undefined => {
  let found: ts.Node | undefined
  for (let at: ts.Node | undefined = node.parent; at !== undefined && at !== home; at = at.parent) {
    if (isDeferred(at)) found = at
  }
  return found
}

/**
 * The earliest offset at which a function can be known to anybody: where it stands, or, for a hoisted declaration,
 * its first mention, be it inside of another function that is known early itself.
 */
const earliestActivation = (
  deferred: ts.Node,
  home: ts.Node | undefined,
  around: Surroundings,
  seen: Set<ts.Node>,
): number => {
  if (!ts.isFunctionDeclaration(deferred)) return deferred.getStart()
  if (home === undefined && around.inCycle) return -1
  if (seen.has(deferred)) return Infinity
  seen.add(deferred)
  const binding = deferred.name && around.scopes.declaredBy(deferred.name)
  if (binding === undefined || binding.scope.dynamic) return -1
  const also = deferred.name && sharedBinding(deferred.name, binding)
  const mentions = [...binding.references, ...(also?.references ?? [])]
  return mentions.reduce((earliest, { identifier }) => {
    const holder = outermostDeferred(identifier, home)
    if (holder === deferred) return earliest
    const position = holder ? earliestActivation(holder, home, around, seen) : identifier.getStart()
    return Math.min(earliest, position)
  }, Infinity)
}

const beforeLoops = (position: number, limit: number, container: ts.Node): number => {
  let earliest = position
  const visit = (node: ts.Node): void => {
    if (node.pos > position || node.end <= position) return
    if (isLoop(node) && node.end <= limit) earliest = Math.min(earliest, node.pos)
    ts.forEachChild(node, visit)
  }
  visit(container)
  return earliest
}

/**
 * Whether a use inside of a function can run before `initialised`, the offset at which its variable gets a value.
 * Today it would see undefined; a lexical variable would throw.
 */
export const mayRunBefore = (use: ts.Node, binding: Binding, initialised: number, around: Surroundings): boolean => {
  const home = enclosingFunctionOfScope(binding.scope)
  const deferred = outermostDeferred(use, home)
  if (deferred === undefined) return use.getStart() < initialised
  const activation = earliestActivation(deferred, home, around, new Set())
  if (activation >= initialised) return false
  if (activation < 0) return true
  const container = home ?? around.scopes.root.node
  const from = beforeLoops(activation, initialised, container)
  return runsForeignBetween(container, from, initialised, binding, around)
}
