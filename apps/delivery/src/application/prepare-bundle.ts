import type { Clock } from '@iama/kernel'
import { takesBundle } from '../domain/delivery.ts'
import type { Artifacts, Patches, StoredDelivery, UnitOfWork } from './ports.ts'

export interface PrepareBundleInput {
  readonly tenantId: string
  readonly jobId: string
  /** Addresses of the snapshot's manifest, the patch and the signed verdict. */
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

  /**
   * Repeating it with the same patch changes nothing.
   * @returns the hash of the tree with the patch
   * @throws DeliveryOutOfOrder when another patch was applied; PatchConflict when the patch does not fit the snapshot
   */
  async execute(input: PrepareBundleInput): Promise<string> {
    const { tenantId, jobId, patch } = input
    const earlier = await this.#unitOfWork.run(tenantId, ({ deliveries }) => deliveries.load(jobId))
    if (!takesBundle(earlier?.delivery, patch)) return earlier!.delivery.patchedTreeHash
    const made = await this.#make(input)
    return await this.#unitOfWork.run(tenantId, async ({ deliveries, announcements }) => {
      await deliveries.lock(jobId)
      const meanwhile = await deliveries.load(jobId)
      if (!takesBundle(meanwhile?.delivery, patch)) return meanwhile!.delivery.patchedTreeHash
      await deliveries.put(made)
      const { patchSha256, verdictSha256, recordedAt } = made.provenance
      await announcements.announce({ type: 'provenance.recorded', jobId, patchSha256, verdictSha256 }, recordedAt)
      return made.delivery.patchedTreeHash
    })
  }

  /** Outside of any transaction: it reads every file of the snapshot. */
  async #make({ tenantId, jobId, ...input }: PrepareBundleInput): Promise<StoredDelivery> {
    const base = await this.#artifacts.tree(tenantId, input.manifest)
    const patch = await this.#artifacts.read(tenantId, input.patch)
    const verdict = await this.#artifacts.read(tenantId, input.verdict)
    const trees = {
      baseTreeHash: this.#patches.treeHash(base),
      patchedTreeHash: this.#patches.treeHash(this.#patches.apply(base, patch)),
    }
    const hashes = { patchSha256: this.#patches.sha256(patch), verdictSha256: this.#patches.sha256(verdict) }
    const { manifest, specRevision, engine } = input
    const at = this.#clock.now()
    const progress = { state: 'PREPARED', preparedAt: at, appliedAt: null, revertedAt: null } as const
    return {
      delivery: { jobId, patch: input.patch, ...trees, ...progress },
      manifest,
      provenance: { ...trees, ...hashes, specRevision, engine, recordedAt: at },
    }
  }
}
