import type { ArtifactClient } from './artifact.ts'

/** Of one call, as the contract has it. */
export const MOST_ADDRESSES = 1_000
/** Of content in one message, in bytes. */
const MOST_BYTES = 256 * 1024

/** A part of one of several contents that follow each other. */
export interface ContentPart {
  readonly chunk: Uint8Array
  /** The content ends here. */
  readonly last: boolean
}

/** Packs contents, in their order, into messages of at most 256 KiB. */
export async function* packContents(
  contents: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly parts: ContentPart[] }> {
  let parts: ContentPart[] = []
  let room = MOST_BYTES
  for await (const content of contents) {
    let at = 0
    do {
      const chunk = content.subarray(at, at + room)
      at += chunk.length
      room -= chunk.length
      parts.push({ chunk, last: at === content.length })
      if (room > 0 && parts.length < MOST_ADDRESSES) continue
      yield { parts }
      parts = []
      room = MOST_BYTES
    } while (at < content.length)
  }
  if (parts.length > 0) yield { parts }
}

/**
 * Reads contents one after the other, in the order of their addresses.
 * @throws RpcError, `ARTIFACT_NOT_FOUND` when the tenant has nothing at one of the addresses
 */
export async function* readContents(
  artifacts: ArtifactClient,
  tenantId: string,
  addresses: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  for (let from = 0; from < addresses.length; from += MOST_ADDRESSES) {
    const request = { tenantId, addresses: addresses.slice(from, from + MOST_ADDRESSES) }
    let chunks: Uint8Array[] = []
    for await (const { parts } of artifacts.getMany(request, signal ? { signal } : {})) {
      for (const { chunk, last } of parts) {
        chunks.push(chunk)
        if (!last) continue
        yield Buffer.concat(chunks)
        chunks = []
      }
    }
  }
}
