import type ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { freeNames } from '../syntax/names.ts'
import { within } from '../syntax/nodes.ts'
import type { Binding } from '../syntax/scopes.ts'
import { isIdle } from './loading-steps.ts'
import { isQuietStatement } from './quiet-code.ts'
import { setsExport } from './silent-modules.ts'

/** What each name at the top of a file takes from the top of it, imports included. */
export type Uses = ReadonlyMap<Binding, ReadonlySet<Binding>>

export const usesOf = (file: FileContext): Uses => {
  const uses = new Map<Binding, ReadonlySet<Binding>>()
  for (const binding of file.scopes.root.bindings.values()) {
    const statements = file.file.statements.filter((each) =>
      binding.declarations.some(({ identifier }) => within(identifier, each)),
    )
    const names = statements.flatMap((each) => [...freeNames(each, file.scopes).values()])
    uses.set(
      binding,
      new Set(names.filter((each) => each !== undefined && each.scope === file.scopes.root) as Binding[]),
    )
  }
  return uses
}

/** Bindings that a statement leads to, by way of all that stands at the top of the file. */
export const reachOf = (node: ts.Statement, uses: Uses, file: FileContext): ReadonlySet<Binding> => {
  const reached = new Set<Binding>()
  const queue = [...freeNames(node, file.scopes).values()]
  for (let next = queue.pop(); queue.length > 0 || next; next = queue.pop()) {
    if (!next || reached.has(next)) continue
    reached.add(next)
    queue.push(...(uses.get(next) ?? []))
  }
  return reached
}

/**
 * What code at the top may touch before it is declared: that fails today and would not in another file, which has run
 * before. What only becomes an export can be called from the next code on that runs.
 */
export const touchedEarly = (
  file: FileContext,
  uses: Uses,
): ((binding: Binding, statement: ts.Statement) => boolean) => {
  const handed = new Set<Binding>()
  const reached: { readonly end: number; readonly names: ReadonlySet<Binding> }[] = []
  for (const each of file.file.statements) {
    if (isQuietStatement(each, file.scopes) || isIdle(each, file)) continue
    for (const name of reachOf(each, uses, file)) handed.add(name)
    const isExport = file.unit.moduleKind === 'commonjs' && setsExport(each, file.scopes)
    if (!isExport) reached.push({ end: each.end, names: new Set(handed) })
  }
  return (binding, statement) => reached.some(({ end, names }) => end <= statement.pos && names.has(binding))
}
