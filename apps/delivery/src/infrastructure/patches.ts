import { applyPatch, parsePatch, sha256, treeHash } from '@iama/patch'
import { DomainError } from '@iama/kernel'
import type { Patches } from '../application/ports.ts'

/** The artifact is something else than a patch. */
export class NotAPatch extends DomainError {
  readonly code = 'NOT_A_PATCH'
  override readonly kind = 'invalid'

  constructor() {
    super('the artifact is not a patch; send the address of the one that was verified')
  }
}

/** Patches as the system knows them. */
export const patches: Patches = {
  apply: (base, patch) => applyPatch(base, parsePatch(json(patch))),
  treeHash,
  sha256,
}

const json = (content: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(content).toString())
  } catch {
    throw new NotAPatch()
  }
}
