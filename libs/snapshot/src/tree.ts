import type { Tree, TreeFile } from '@iama/patch'
import type { ArtifactClient } from './artifact.ts'
import { readContents } from './contents.ts'
import { readManifest } from './manifest.ts'

/**
 * Reads the regular files of a snapshot into memory, in the manifest's order. Contents that several files share are
 * fetched once.
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
  const addresses = [...new Set(files.map(({ address }) => address))]
  const contents = new Map<string, Buffer>()
  for await (const content of readContents(artifacts, tenantId, addresses, signal)) {
    contents.set(addresses[contents.size]!, content)
  }
  return new Map<string, TreeFile>(
    files.map(({ path, address, executable }) => [path, { content: contents.get(address)!, executable }]),
  )
}

/**
 * The paths of a snapshot's symbolic links, which no tree holds.
 * @throws NotASnapshot; RpcError when the manifest is away
 */
export const readLinks = async (
  artifacts: ArtifactClient,
  tenantId: string,
  manifest: string,
  signal?: AbortSignal,
): Promise<string[]> => {
  const entries = await readManifest(artifacts, tenantId, manifest, signal)
  return entries.filter(({ linkTarget }) => linkTarget !== '').map(({ path }) => path)
}
