import type { Clock, Ids } from '@iama/kernel'
import { contentsOf, parseManifest, type ManifestEntry } from '../domain/snapshot.ts'
import { storeManifest } from './manifest.ts'
import type { ArtifactStore, UnitOfWork } from './ports.ts'

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
    const entries = parseManifest(input.entries)
    const missing = await this.#missing(input.tenantId, entries)
    const manifest = missing.length === 0 ? await storeManifest(this.#artifacts, input.tenantId, entries) : ''
    return await this.#unitOfWork.run(input.tenantId, async ({ snapshots }) => {
      const earlier = await snapshots.ofRequest(input.requestId)
      if (earlier) return { snapshotId: earlier.id, missing: await snapshots.missing(earlier.id) }
      const snapshot = { id: this.#ids.next(), manifest, entries, missing: missing.length }
      await snapshots.add(snapshot, input.requestId, missing, this.#clock.now())
      return { snapshotId: snapshot.id, missing }
    })
  }

  async #missing(tenantId: string, entries: readonly ManifestEntry[]): Promise<string[]> {
    const missing: string[] = []
    for (const sha256 of contentsOf(entries).keys()) {
      const { exists } = await this.#artifacts.stat(tenantId, await this.#artifacts.addressOf(tenantId, sha256))
      if (!exists) missing.push(sha256)
    }
    return missing
  }
}
