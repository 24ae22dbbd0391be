import type { Clock, Ids } from '@iama/kernel'
import { parseManifest, type ManifestEntry } from '../domain/snapshot.ts'
import { addressesOf, storeManifest } from './manifest.ts'
import type { ArtifactStore, UnitOfWork } from './ports.ts'
import { RequestIdReused } from './request-id-reused.ts'

export interface CreateSnapshotInput {
  readonly tenantId: string
  readonly requestId: string
  readonly entries: readonly ManifestEntry[]
}

/** Declares the files of a snapshot. Contents that the tenant has sent before need not be sent again. */
export class CreateSnapshot {
  readonly #unitOfWork: UnitOfWork
  readonly #artifacts: ArtifactStore
  readonly #ids: Ids
  readonly #clock: Clock

  constructor(unitOfWork: UnitOfWork, artifacts: ArtifactStore, ids: Ids, clock: Clock) {
    this.#unitOfWork = unitOfWork
    this.#artifacts = artifacts
    this.#ids = ids
    this.#clock = clock
  }

  async execute(input: CreateSnapshotInput): Promise<{ snapshotId: string; missing: string[] }> {
    const { tenantId, requestId } = input
    const entries = parseManifest(input.entries)
    const addresses = await addressesOf(this.#artifacts, tenantId, entries)
    const missing = await this.#missing(tenantId, addresses)
    const manifest = missing.length === 0 ? await storeManifest(this.#artifacts, tenantId, entries, addresses) : ''
    return await this.#unitOfWork.run(tenantId, async ({ snapshots }) => {
      const earlier = await snapshots.ofRequest(requestId)
      if (earlier) {
        if (!isSame(earlier.entries, entries)) throw new RequestIdReused()
        return { snapshotId: earlier.id, missing: await snapshots.missing(earlier.id) }
      }
      const snapshot = { id: this.#ids.next(), manifest, entries, missing: missing.length }
      await snapshots.add(snapshot, requestId, missing, this.#clock.now())
      return { snapshotId: snapshot.id, missing }
    })
  }

  /**
   * What the client has to send. The store is asked and no table of what was once put there: a table would go on
   * naming what the store has lost (a folder that was cleared, a bucket that was changed), so that the content would
   * never be asked for again and every job on it would fail. Asked for many at once, the store is quick enough.
   */
  async #missing(tenantId: string, addresses: ReadonlyMap<string, string>): Promise<string[]> {
    const present = await this.#artifacts.present(tenantId, [...addresses.values()])
    return [...addresses].filter(([, address]) => !present.has(address)).map(([sha256]) => sha256)
  }
}

/** Both lists are sorted by path. */
const isSame = (some: readonly ManifestEntry[], others: readonly ManifestEntry[]): boolean =>
  some.length === others.length &&
  some.every(({ path, sha256, executable, linkTarget }, i) => {
    const other = others[i]!
    const sameContent = sha256 === other.sha256 && executable === other.executable && linkTarget === other.linkTarget
    return path === other.path && sameContent
  })
