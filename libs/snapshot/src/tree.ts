import type { Tree, TreeFile } from '@iama/patch'
import { readArtifact, type ArtifactClient } from './artifact.ts'
import { readManifest } from './manifest.ts'

/** Contents that are fetched at the same time. */
const LANES = 16

/**
 * Reads the regular files of a snapshot into memory, in the manifest's order. Contents that several files share are
 * fetched once. When one content cannot be had, the others are not waited for.
 * @throws NotASnapshot; RpcError when something of it is away
 */
export const readTree = async (
  artifacts: ArtifactClient,
  tenantId: string,
  manifest: string,
  signal?: AbortSignal,
): Promise<Tree> => {
  const entries = await readManifest(artifacts, tenantId, manifest, signal)
  const files = entries.filter(({ linkTarget }) => linkTarget === '')
  const contents = await readAll(artifacts, tenantId, new Set(files.map(({ address }) => address)), signal)
  return new Map<string, TreeFile>(
    files.map(({ path, address, executable }) => [path, { content: contents.get(address)!, executable }]),
  )
}

const readAll = async (
  artifacts: ArtifactClient,
  tenantId: string,
  addresses: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Buffer>> => {
  const contents = new Map<string, Buffer>()
  const failed = new AbortController()
  const ended = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  const waiting = addresses.values()
  const lane = async (): Promise<void> => {
    for (const address of waiting) contents.set(address, await readArtifact(artifacts, tenantId, address, ended))
  }
  try {
    await Promise.all(Array.from({ length: LANES }, lane))
  } catch (error) {
    failed.abort(error)
    throw error
  }
  return contents
}
