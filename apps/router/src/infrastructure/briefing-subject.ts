import type { Patch, Tree } from '@iama/patch'
import type { Assignment } from '../application/ports.ts'

/** What a briefing is about: the assignment, the code, and the patches that a repair looks at. */
export interface Subject {
  readonly assignment: Assignment
  readonly tree: Tree
  readonly failedPatch: Patch | undefined
  readonly greenPart: Patch | undefined
}
