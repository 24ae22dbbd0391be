import type { Clock } from '@iama/kernel'
import { bundleBetween, type BundleFile } from '../domain/bundle.ts'
import { DeliveryNotFound } from '../domain/delivery.ts'
import type { Artifacts, Patches, StoredDelivery, UnitOfWork } from './ports.ts'

export interface PrepareBundleInput {
  readonly tenantId: string
  readonly jobId: string
  readonly manifest: string
  readonly patch: string
  readonly verdict: string
  readonly specRevision: string
  readonly engine: string
}

/** Applies a verified patch to the snapshot, keeps where it comes from, and tells the hash that it leads to. */
export class PrepareBundle {
  readonly #unitOfWork: UnitOfWork
  readonly #artifacts: Artifacts
  readonly #patches: Patches
  readonly #clock: Clock

  constructor(unitOfWork: UnitOfWork, artifacts: Artifacts, patches: Patches, clock: Clock) {
    this.#unitOfWork = unitOfWork
    this.#artifacts = artifacts
    this.#patches = patches
    this.#clock = clock
  }

  async execute(input: PrepareBundleInput): Promise<string> {
    const { tenantId, jobId } = input
    const earlier = await this.#unitOfWork.run(tenantId, ({ deliveries }) => deliveries.load(jobId))
    if (earlier?.delivery.patch === input.patch) return earlier.delivery.patchedTreeHash
    const base = await this.#artifacts.tree(tenantId, input.manifest)
    const patch = await this.#artifacts.read(tenantId, input.patch)
    const verdict = await this.#artifacts.read(tenantId, input.verdict)
    const at = this.#clock.now()
    const trees = {
      baseTreeHash: this.#patches.treeHash(base),
      patchedTreeHash: this.#patches.treeHash(this.#patches.apply(base, patch)),
    }
    const hashes = { patchSha256: this.#patches.sha256(patch), verdictSha256: this.#patches.sha256(verdict) }
    const { specRevision, engine } = input
    await this.#unitOfWork.run(tenantId, async ({ deliveries, announcements }) => {
      await deliveries.put({
        delivery: {
          jobId,
          state: 'PREPARED',
          patch: input.patch,
          ...trees,
          preparedAt: at,
          appliedAt: null,
          revertedAt: null,
        },
        manifest: input.manifest,
        provenance: { ...trees, ...hashes, specRevision, engine, recordedAt: at },
      })
      await announcements.announce({ type: 'provenance.recorded', jobId, ...hashes }, at)
    })
    return trees.patchedTreeHash
  }
}

/** Reads a delivery as files to write: forwards, or back. */
export class ReadBundle {
  readonly #unitOfWork: UnitOfWork
  readonly #artifacts: Artifacts
  readonly #patches: Patches

  constructor(unitOfWork: UnitOfWork, artifacts: Artifacts, patches: Patches) {
    this.#unitOfWork = unitOfWork
    this.#artifacts = artifacts
    this.#patches = patches
  }

  async delivery(tenantId: string, jobId: string): Promise<StoredDelivery> {
    const stored = await this.#unitOfWork.run(tenantId, ({ deliveries }) => deliveries.load(jobId))
    if (!stored) throw new DeliveryNotFound()
    return stored
  }

  async execute(tenantId: string, jobId: string, inverse: boolean): Promise<{ files: BundleFile[]; treeHash: string }> {
    const { delivery, manifest } = await this.delivery(tenantId, jobId)
    const base = await this.#artifacts.tree(tenantId, manifest)
    const after = this.#patches.apply(base, await this.#artifacts.read(tenantId, delivery.patch))
    const { sha256 } = this.#patches
    return inverse
      ? { files: bundleBetween(after, base, sha256), treeHash: delivery.baseTreeHash }
      : { files: bundleBetween(base, after, sha256), treeHash: delivery.patchedTreeHash }
  }
}
