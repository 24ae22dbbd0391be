import { DomainError } from '@iama/kernel'
import { readArtifact, type ArtifactClient } from './artifact.ts'

/** One path of a snapshot. */
export interface SnapshotEntry {
  /** POSIX, relative to the root, kept exactly as the client sent it. */
  readonly path: string
  readonly executable: boolean
  /** Where a symbolic link points; empty for a regular file. */
  readonly linkTarget: string
  /** Where the content of a regular file is; empty for a symbolic link. */
  readonly address: string
}

/** The address belongs to a content that is no snapshot's manifest. */
export class NotASnapshot extends DomainError {
  readonly code = 'NOT_A_SNAPSHOT'
  override readonly kind = 'invalid'

  constructor() {
    super('the artifact is not the manifest of a snapshot; send the address that the job tells')
  }
}

/** @throws NotASnapshot */
export const parseManifest = (content: Uint8Array): readonly SnapshotEntry[] => {
  const manifest = parsed(content)
  if (manifest?.version !== 1 || !Array.isArray(manifest.entries)) throw new NotASnapshot()
  if (!manifest.entries.every(isEntry)) throw new NotASnapshot()
  return manifest.entries
}

/**
 * Reads what a snapshot consists of, its symbolic links included.
 * @throws NotASnapshot; RpcError when the manifest is away
 */
export const readManifest = async (
  artifacts: ArtifactClient,
  tenantId: string,
  manifest: string,
  signal?: AbortSignal,
): Promise<readonly SnapshotEntry[]> => parseManifest(await readArtifact(artifacts, tenantId, manifest, signal))

const parsed = (content: Uint8Array): { version?: unknown; entries?: unknown } | null => {
  try {
    return JSON.parse(Buffer.from(content).toString()) as { version?: unknown; entries?: unknown } | null
  } catch {
    return null
  }
}

const isEntry = (entry: unknown): entry is SnapshotEntry => {
  const { path, executable, linkTarget, address } = (entry ?? {}) as Record<string, unknown>
  if (typeof path !== 'string' || typeof executable !== 'boolean') return false
  return typeof linkTarget === 'string' && typeof address === 'string' && (linkTarget === '') === (address !== '')
}
