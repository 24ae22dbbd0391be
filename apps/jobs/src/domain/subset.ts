import { DomainError } from '@iama/kernel'
import type { EditSelection, JobIn } from './job.ts'
import type { PatchReference } from './work.ts'

/** The selection names edits that the delivered patch does not have. */
export class EditNotInPatch extends DomainError {
  readonly code = 'EDIT_NOT_IN_PATCH'
  override readonly kind = 'invalid'

  constructor(unknown: readonly string[]) {
    super(`the patch has no edit ${unknown.join(', ')}; read the patch for its edits`, { unknown: unknown.join(' ') })
  }
}

/** The selection leaves nothing to accept. */
export class NothingSelected extends DomainError {
  readonly code = 'NOTHING_SELECTED'
  override readonly kind = 'invalid'

  constructor() {
    super('the selection leaves no edit; select at least one, or reject the job')
  }
}

/** The patch that was tried is not the subset that was asked for. */
export class PatchIsNotTheSubset extends DomainError {
  readonly code = 'PATCH_IS_NOT_THE_SUBSET'

  constructor(patch: PatchReference) {
    super(`patch ${patch.artifact} is not the subset that was asked for`, { patch: patch.artifact })
  }
}

/** Whether the selection is a proper subset of the patch; refuses unknown edits and an empty choice. */
export const isProperSubset = (selection: EditSelection, patch: PatchReference): boolean => {
  const named = 'only' in selection ? selection.only : selection.except
  const unknown = named.filter((edit) => !patch.edits.includes(edit))
  if (unknown.length > 0) throw new EditNotInPatch(unknown)
  const kept = patch.edits.filter((edit) => keeps(selection, edit))
  if (kept.length === 0) throw new NothingSelected()
  return kept.length < patch.edits.length
}

/**
 * Edits depend on each other, and only the patch knows how: `only` may bring in more edits than it names, `except`
 * may lose more. Either way what was named is honoured, and nothing comes from outside the delivered patch.
 */
export const expectSubsetPatch = (job: JobIn<'DELIVERED'>, patch: PatchReference): void => {
  if (!job.subset) return
  const { selection } = job.subset
  const honoured =
    'only' in selection
      ? selection.only.every((edit) => patch.edits.includes(edit))
      : patch.edits.every((edit) => !selection.except.includes(edit))
  const inside = patch.edits.every((edit) => job.delivery.patch.edits.includes(edit))
  if (!honoured || !inside || patch.edits.length === 0) throw new PatchIsNotTheSubset(patch)
}

const keeps = (selection: EditSelection, edit: string): boolean =>
  'only' in selection ? selection.only.includes(edit) : !selection.except.includes(edit)
