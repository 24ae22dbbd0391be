import ts from 'typescript'

import { walk } from './nodes.ts'
import { resolve, type Binding, type Scope, type ScopeTree } from './scopes.ts'

/** Whether `undefined` (or another global) has its usual meaning at a node. */
export const isFreeName = (name: string, at: ts.Node, scopes: ScopeTree): boolean => {
  const scope = scopes.scopeAt(at)
  for (let each: Scope | undefined = scope; each !== undefined; each = each.parent) {
    if (each.bindings.has(name)) return false
    // With `with` and sloppy eval anything can appear; the top level of a script is dynamic, and undefined is fixed.
    if (each.dynamic && each.parent !== undefined) return false
  }
  return true
}

/** Names that a piece of code takes from outside of it, with what they mean; undefined for globals. */
export const freeNames = (code: ts.Node, scopes: ScopeTree): Map<string, Binding | undefined> => {
  const found = new Map<string, Binding | undefined>()
  walk(code, (node) => {
    if (!ts.isIdentifier(node)) return
    const reference = scopes.referenceOf(node)
    if (!reference) return
    const { binding } = reference
    const isInside = binding?.declarations.some(
      ({ identifier }) => identifier.pos >= code.pos && identifier.end <= code.end,
    )
    if (!isInside) found.set(node.text, binding)
  })
  return found
}

/** Whether a name means the same thing in another place of the file. */
export const meansTheSame = (
  name: string,
  binding: Binding | undefined,
  place: ts.Identifier,
  scopes: ScopeTree,
): boolean => {
  const scope = scopes.scopeAt(place)
  for (let each: Scope | undefined = scope; each !== undefined && each !== binding?.scope; each = each.parent) {
    if (each.dynamic && each.parent !== undefined) return false
  }
  return resolve(name, scope, place) === binding
}

/** Whether a variable has one value for as long as it can be seen: set where it is declared, never written again. */
export const isConstant = (binding: Binding): boolean => {
  const [sole, more] = binding.declarations
  if (!sole || more || binding.scope.dynamic) return false
  return !binding.references.some(({ write }) => write)
}

/** Whether a name is only described to the compiler, and nothing of this file makes it when the code runs. */
export const isAmbient = ({ declarations }: Binding): boolean =>
  declarations.every(({ node, kind }) => {
    if (kind === 'type') return true
    for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
      const modifiers = ts.canHaveModifiers(at) ? ts.getModifiers(at) : undefined
      if (modifiers?.some((each) => each.kind === ts.SyntaxKind.DeclareKeyword)) return true
    }
    return false
  })
