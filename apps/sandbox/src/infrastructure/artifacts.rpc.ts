import type { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import type { Client } from '@iama/rpc'
import type { Artifacts, SessionRef } from '../application/ports.ts'

const CHUNK_BYTES = 256 * 1024

/** Artifacts belong to `jobs`. */
export class RpcArtifacts implements Artifacts {
  readonly #client: Client<typeof ArtifactService>

  constructor(client: Client<typeof ArtifactService>) {
    this.#client = client
  }

  async put({ tenantId, jobId }: SessionRef, content: Uint8Array, mediaType: string): Promise<string> {
    const parts = async function* () {
      yield { part: { case: 'header' as const, value: { tenantId, jobId, mediaType } } }
      for (let at = 0; at < content.length; at += CHUNK_BYTES) {
        yield { part: { case: 'chunk' as const, value: content.subarray(at, at + CHUNK_BYTES) } }
      }
    }
    return (await this.#client.put(parts())).address
  }

  async get(tenantId: string, address: string): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const { chunk } of this.#client.get({ tenantId, address })) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
}
