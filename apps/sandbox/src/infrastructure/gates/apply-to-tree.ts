import { applyPatch, treeHash, type Patch, type Tree } from '@iama/patch'
import type { PatchApplied } from '../../application/ports.ts'
import { BASE_DIR, PATCHED_DIR, readPatch, readTree } from './documents.ts'
import type { WholeFile } from './protocol.ts'
import type { RemoteWorkbench } from './remote-workbench.ts'

/** Paths that two trees do not have in common, or not with the same bytes and mode; in code-unit order. */
export const changedPaths = (before: Tree, after: Tree): string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => {
      const [a, b] = [before.get(path), after.get(path)]
      return !a || !b || a.executable !== b.executable || Buffer.compare(a.content, b.content) !== 0
    })
    .sort()

/** Makes the patched tree from the base. @throws PatchConflict, and then there is no patched tree */
export const applyToTree = async (workbench: RemoteWorkbench, bytes: Uint8Array): Promise<PatchApplied> => {
  const base = await readTree(workbench, BASE_DIR)
  const patched = applyPatch(base, readPatch(bytes))
  const files = changedPaths(base, patched)
  await workbench.fork(BASE_DIR, PATCHED_DIR)
  await writeChanges(workbench, patched, files)
  return { treeHash: treeHash(patched), files }
}

const writeChanges = async (workbench: RemoteWorkbench, patched: Tree, paths: readonly string[]): Promise<void> => {
  const gone = paths.filter((path) => !patched.has(path))
  await workbench.write(PATCHED_DIR, new Map(gone.map((path) => [path, null])))
  const written = paths.flatMap((path): WholeFile[] => {
    const file = patched.get(path)
    return file ? [{ path, ...file }] : []
  })
  await workbench.put(PATCHED_DIR, written)
}

/** What a patch makes of a tree, and which paths differ. */
export const outcomeOf = (base: Tree, patch: Patch): { patched: Tree; files: string[] } => {
  const patched = applyPatch(base, patch)
  return { patched, files: changedPaths(base, patched) }
}
