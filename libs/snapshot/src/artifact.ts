import type { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import type { Client } from '@iama/rpc'

/** The contents that `jobs` keeps, encrypted for each tenant. */
export type ArtifactClient = Client<typeof ArtifactService>

/** Whose content it is, and what kind. */
export interface ArtifactHeader {
  /** UUID. */
  readonly tenantId: string
  /** UUID of the job that it belongs to. */
  readonly jobId: string
  /** For example `application/json`. */
  readonly mediaType: string
}

/** The most that one message of the contract carries, in bytes. */
const CHUNK = 256 * 1024

/**
 * Reads a content whole.
 * @throws RpcError, `ARTIFACT_NOT_FOUND` when the tenant has nothing at the address
 */
export const readArtifact = async (
  artifacts: ArtifactClient,
  tenantId: string,
  address: string,
  signal?: AbortSignal,
): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const { chunk } of artifacts.get({ tenantId, address }, signal ? { signal } : {})) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Stores a content; the same content has the same address. @returns the address */
export const putArtifact = async (
  artifacts: ArtifactClient,
  header: ArtifactHeader,
  content: Uint8Array,
  signal?: AbortSignal,
): Promise<string> => {
  async function* parts() {
    yield { part: { case: 'header' as const, value: header } }
    for (let at = 0; at < content.length; at += CHUNK) {
      yield { part: { case: 'chunk' as const, value: content.subarray(at, at + CHUNK) } }
    }
  }
  const { address } = await artifacts.put(parts(), signal ? { signal } : {})
  return address
}
