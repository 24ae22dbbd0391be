import type { UploadRequestSchema } from '@iama/contracts/iama/sandbox/v1/service'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { readManifest, type SnapshotEntry } from '@iama/snapshot'
import type { Clients } from '../clients.ts'
import { getArtifact } from './artifacts.ts'

const CHUNK = 256 * 1024
const READ_AHEAD = 16

/** The files of a snapshot as the sandbox takes them: the session first, then each file in parts. */
export async function* uploads(
  clients: Clients,
  session: { tenantId: string; jobId: string; sessionId: string },
  manifest: string,
  signal: AbortSignal,
): AsyncGenerator<MessageInitShape<typeof UploadRequestSchema>> {
  const { tenantId } = session
  const entries = await readManifest(clients.artifacts, tenantId, manifest, signal)
  yield { part: { case: 'session', value: session } }
  const fetching: Promise<Buffer>[] = []
  const fetch = (entry: SnapshotEntry): Promise<Buffer> => {
    const fetched =
      entry.address === '' ? Promise.resolve(Buffer.alloc(0)) : getArtifact(clients, tenantId, entry.address, signal)
    fetched.catch(() => undefined) // awaited below, in order
    return fetched
  }
  for (const entry of entries.slice(0, READ_AHEAD)) fetching.push(fetch(entry))
  for (const [index, entry] of entries.entries()) {
    const bytes = await fetching.shift()!
    const next = entries[index + READ_AHEAD]
    if (next) fetching.push(fetch(next))
    yield* partsOf(entry, bytes)
  }
}

function* partsOf(entry: SnapshotEntry, bytes: Buffer): Generator<MessageInitShape<typeof UploadRequestSchema>> {
  const { path, executable, linkTarget } = entry
  let at = 0
  do {
    const chunk = bytes.subarray(at, at + CHUNK)
    yield { part: { case: 'file', value: { path, executable, linkTarget, chunk, more: at > 0 } } }
    at += CHUNK
  } while (at < bytes.length)
}
