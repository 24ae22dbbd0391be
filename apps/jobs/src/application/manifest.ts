import type { ManifestEntry } from '../domain/snapshot.ts'
import type { ArtifactStore } from './ports.ts'

/** One line of the manifest artifact, which tells workers where each content is. */
export interface AddressedEntry extends ManifestEntry {
  /** The artifact's address; empty for a symbolic link. */
  readonly address: string
}

/** Stores the manifest of a complete snapshot as JSON. @returns its address */
export const storeManifest = async (
  artifacts: ArtifactStore,
  tenantId: string,
  entries: readonly ManifestEntry[],
): Promise<string> => {
  const addressed: AddressedEntry[] = []
  for (const entry of entries) {
    const address = entry.linkTarget === '' ? await artifacts.addressOf(tenantId, entry.sha256) : ''
    addressed.push({ ...entry, address })
  }
  return await artifacts.put(tenantId, new TextEncoder().encode(JSON.stringify({ version: 1, entries: addressed })))
}
