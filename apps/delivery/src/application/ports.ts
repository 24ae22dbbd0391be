import type { Tree } from '../domain/bundle.ts'
import type { Delivery } from '../domain/delivery.ts'

/** Where a patch comes from: the answer to "why is this line as it is?" years later. */
export interface Provenance {
  readonly baseTreeHash: string
  readonly patchedTreeHash: string
  readonly patchSha256: string
  readonly verdictSha256: string
  readonly specRevision: string
  readonly engine: string
  readonly recordedAt: Date
}

export interface StoredDelivery {
  readonly delivery: Delivery
  /** The address of the snapshot's manifest. */
  readonly manifest: string
  readonly provenance: Provenance
}

export interface Deliveries {
  /** Until the transaction ends, nobody else decides about this job's delivery. */
  lock(jobId: string): Promise<void>
  load(jobId: string): Promise<StoredDelivery | undefined>
  /** A new delivery, or a new patch in place of one that was never applied. */
  put(stored: StoredDelivery): Promise<void>
  setState(delivery: Delivery): Promise<void>
}

export type Announcement =
  | {
      readonly type: 'provenance.recorded'
      readonly jobId: string
      readonly patchSha256: string
      readonly verdictSha256: string
    }
  | { readonly type: 'patch.applied' | 'patch.reverted'; readonly jobId: string; readonly treeHash: string }

export interface Announcements {
  announce(announcement: Announcement, at: Date): Promise<void>
}

/** What takes part in one transaction of one tenant. */
export interface Stores {
  readonly deliveries: Deliveries
  readonly announcements: Announcements
}

export interface UnitOfWork {
  run<Result>(tenantId: string, work: (stores: Stores) => Promise<Result>): Promise<Result>
}

/** Contents that `jobs` keeps. */
export interface Artifacts {
  read(tenantId: string, address: string): Promise<Uint8Array>
  /** The regular files of a snapshot. */
  tree(tenantId: string, manifest: string): Promise<Tree>
}

/** What is known of patches and trees. */
export interface Patches {
  /** The tree with the patch in it. @throws PatchConflict */
  apply(base: Tree, patch: Uint8Array): Tree
  /** Hex SHA-256 of a tree: of its paths, modes and contents. */
  treeHash(tree: Tree): string
  /** Hex SHA-256. */
  sha256(content: Uint8Array): string
}
