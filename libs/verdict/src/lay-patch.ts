import { applyPatch, type Patch, type Tree } from '@iama/patch'
import { changedPaths } from './gates/context.ts'
import type { Workbench } from './workbench.ts'

export interface LaidPatch {
  readonly patchedTree: Tree
  /** Paths that differ from the base, in order. */
  readonly changed: readonly string[]
}

/**
 * Makes a directory of the workbench the base with a patch.
 * @throws PatchConflict when the patch does not fit
 */
export const layPatch = async (
  workbench: Workbench,
  { base, baseTree }: { readonly base: string; readonly baseTree: Tree },
  patch: Patch,
  dir: string,
): Promise<LaidPatch> => {
  const patchedTree = applyPatch(baseTree, patch)
  const changed = changedPaths(baseTree, patchedTree)
  await workbench.fork(base, dir)
  await workbench.write(dir, new Map(changed.map((path) => [path, patchedTree.get(path)?.content ?? null])))
  return { patchedTree, changed }
}
