import { putArtifact, readArtifact, type ArtifactClient } from '@iama/snapshot'
import type { Artifacts, SessionRef } from '../application/ports.ts'

/** Artifacts belong to `jobs`. */
export class RpcArtifacts implements Artifacts {
  readonly #client: ArtifactClient

  constructor(client: ArtifactClient) {
    this.#client = client
  }

  put({ tenantId, jobId }: SessionRef, content: Uint8Array, mediaType: string): Promise<string> {
    return putArtifact(this.#client, { tenantId, jobId, mediaType }, content)
  }

  get(tenantId: string, address: string): Promise<Uint8Array> {
    return readArtifact(this.#client, tenantId, address)
  }
}
