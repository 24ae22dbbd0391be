import { DomainError } from '@iama/kernel'

import type { Edit, Patch } from './edit.ts'

/** A selection names an edit that the patch does not have. */
export class UnknownEdit extends DomainError {
  readonly code = 'UNKNOWN_EDIT'
  override readonly kind = 'not-found'
}

const byId = (patch: Patch): ReadonlyMap<string, Edit> => new Map(patch.edits.map((edit) => [edit.id, edit]))

/** The given edits and everything that they depend on, directly or not. */
export const closureOf = (patch: Patch, ids: Iterable<string>): ReadonlySet<string> => {
  const edits = byId(patch)
  const closed = new Set<string>()
  const open = [...ids]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (closed.has(id)) continue
    const edit = edits.get(id)
    if (edit === undefined) throw new UnknownEdit(`the patch has no edit ${id}`, { edit: id })
    closed.add(id)
    open.push(...edit.dependsOn)
  }
  return closed
}

/**
 * The part of a patch that consists of the given edits and what they depend on, in the patch's own order. It applies
 * to the same base tree whenever the whole patch does.
 * @throws UnknownEdit when an id is not in the patch
 */
export const selectEdits = (patch: Patch, ids: Iterable<string>): Patch => {
  const wanted = closureOf(patch, ids)
  return { version: patch.version, edits: patch.edits.filter((edit) => wanted.has(edit.id)) }
}

/**
 * The part of a patch without the given edits and without everything that depends on them.
 * @throws UnknownEdit when an id is not in the patch
 */
export const withoutEdits = (patch: Patch, ids: Iterable<string>): Patch => {
  const dropped = new Set(ids)
  const known = byId(patch)
  for (const id of dropped) if (!known.has(id)) throw new UnknownEdit(`the patch has no edit ${id}`, { edit: id })
  for (let before = -1; before !== dropped.size;) {
    before = dropped.size
    for (const edit of patch.edits) if (edit.dependsOn.some((id) => dropped.has(id))) dropped.add(edit.id)
  }
  return { version: patch.version, edits: patch.edits.filter((edit) => !dropped.has(edit.id)) }
}
