import { applyPatch, parsePatch, sha256, treeHash } from '@iama/patch'
import type { Patches } from '../application/ports.ts'

/** Patches as the system knows them. */
export const patches: Patches = {
  apply: (base, patch) => applyPatch(base, parsePatch(JSON.parse(Buffer.from(patch).toString()))),
  treeHash,
  sha256,
}
