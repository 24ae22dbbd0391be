import { DomainError } from '@iama/kernel'

/** Why an operation cannot be applied. */
export type ConflictReason =
  | 'file_missing' // there is no such file in the tree
  | 'base_changed' // the file is not the one that the operation was made for
  | 'binary' // the file is not text
  | 'range_mismatch' // the range does not hold the anchor
  | 'anchor_missing' // the anchor is not in the file, not even with other whitespace
  | 'anchor_ambiguous' // the anchor is in the file more than once
  | 'overlap' // two operations want the same bytes or the same file
  | 'target_exists' // a new path is already taken

/** The place in the file that resembles the anchor most. */
export interface NearestMatch {
  /** 1-based line of the file. */
  readonly line: number
  readonly text: string
  /** 0 (nothing in common) to 1 (the same). */
  readonly similarity: number
}

/** One operation that does not apply: which, where, why, and what comes closest. */
export interface Conflict {
  readonly path: string
  readonly editId: string
  readonly operationIndex: number
  readonly reason: ConflictReason
  /** The reason as a sentence for people. */
  readonly detail: string
  readonly nearest?: NearestMatch
}

/** The patch does not apply as a whole, so nothing was applied. */
export class PatchConflict extends DomainError {
  readonly code = 'PATCH_CONFLICT'
  override readonly kind = 'conflict'
  readonly conflicts: readonly Conflict[]

  constructor(conflicts: readonly Conflict[]) {
    super(conflicts.map(describeConflict).join('\n'), { conflicts: String(conflicts.length) })
    this.conflicts = conflicts
  }
}

/** A conflict on one line: file, edit, operation, reason and nearest match. */
export const describeConflict = (conflict: Conflict): string => {
  const where = `${conflict.path}: edit ${conflict.editId}, operation ${conflict.operationIndex}`
  const { nearest } = conflict
  if (nearest === undefined) return `${where}: ${conflict.detail}`
  const percent = Math.round(nearest.similarity * 100)
  return `${where}: ${conflict.detail}; nearest is line ${nearest.line} (${percent} % alike): ${JSON.stringify(nearest.text)}`
}
