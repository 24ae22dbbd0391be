import type { UploadRequestSchema } from '@iama/contracts/iama/sandbox/v1/service'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { readContents, readManifest, type SnapshotEntry } from '@iama/snapshot'
import type { Clients } from '../clients.ts'

const CHUNK = 256 * 1024
/** The content of a symbolic link. */
const NOTHING = Buffer.alloc(0)

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
  const addresses = entries.flatMap(({ address }) => (address === '' ? [] : [address]))
  const contents = readContents(clients.artifacts, tenantId, addresses, signal)
  try {
    for (const entry of entries) yield* partsOf(entry, entry.address === '' ? NOTHING : await nextOf(contents))
    await contents.next() // that nothing follows: the call ends with its stream
  } finally {
    await contents.return(undefined)
  }
}

const nextOf = async (contents: AsyncGenerator<Buffer>): Promise<Buffer> => {
  const { done, value } = await contents.next()
  if (done) throw new Error('fewer contents came than were asked for')
  return value
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
