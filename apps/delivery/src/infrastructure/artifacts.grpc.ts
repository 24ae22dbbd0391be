import { readArtifact, readTree, type ArtifactClient } from '@iama/snapshot'
import type { Artifacts } from '../application/ports.ts'
import type { Tree } from '../domain/bundle.ts'

/** Contents come from `jobs`. */
export class GrpcArtifacts implements Artifacts {
  readonly #artifacts: ArtifactClient

  constructor(artifacts: ArtifactClient) {
    this.#artifacts = artifacts
  }

  async read(tenantId: string, address: string): Promise<Uint8Array> {
    return await readArtifact(this.#artifacts, tenantId, address)
  }

  async tree(tenantId: string, manifest: string): Promise<Tree> {
    return await readTree(this.#artifacts, tenantId, manifest)
  }
}
