import type { FindSession } from './find-session.ts'
import type { Artifacts, Gates, PatchApplied, SessionRef } from './ports.ts'

/** Makes the patched tree: the base with a patch, whole or not at all. */
export class ApplyPatch {
  readonly #find: FindSession
  readonly #gates: Gates
  readonly #artifacts: Artifacts

  constructor(find: FindSession, gates: Gates, artifacts: Artifacts) {
    this.#find = find
    this.#gates = gates
    this.#artifacts = artifacts
  }

  async execute(ref: SessionRef, patchArtifact: string, signal: AbortSignal): Promise<PatchApplied> {
    await this.#find.ready(ref)
    const patch = await this.#artifacts.get(ref.tenantId, patchArtifact)
    return await this.#gates.applyPatch(ref.sessionId, patch, signal)
  }
}
