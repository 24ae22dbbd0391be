import { contentsOf, type ManifestEntry } from '../domain/snapshot.ts'
import type { ArtifactStore } from './ports.ts'

/** One line of the manifest artifact, which tells workers where each content is. */
export interface AddressedEntry extends ManifestEntry {
  /** The artifact's address; empty for a symbolic link. */
  readonly address: string
}

/** Where the contents of a snapshot are or will be, by hash. */
export const addressesOf = (
  artifacts: ArtifactStore,
  tenantId: string,
  entries: readonly ManifestEntry[],
): Promise<ReadonlyMap<string, string>> => artifacts.addressesOf(tenantId, [...contentsOf(entries).keys()])

/** Stores the manifest of a complete snapshot as JSON. @returns its address */
export const storeManifest = async (
  artifacts: ArtifactStore,
  tenantId: string,
  entries: readonly ManifestEntry[],
  addresses: ReadonlyMap<string, string>,
): Promise<string> => {
  const addressed = entries.map((entry): AddressedEntry => ({
    ...entry,
    address: entry.linkTarget === '' ? addresses.get(entry.sha256)! : '',
  }))
  return await artifacts.put(tenantId, new TextEncoder().encode(JSON.stringify({ version: 1, entries: addressed })))
}
