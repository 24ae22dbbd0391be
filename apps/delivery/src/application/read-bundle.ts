import { bundleBetween, type BundleFile } from '../domain/bundle.ts'
import { DeliveryNotFound } from '../domain/delivery.ts'
import type { Artifacts, Patches, StoredDelivery, UnitOfWork } from './ports.ts'

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

  /** @throws DeliveryNotFound */
  async delivery(tenantId: string, jobId: string): Promise<StoredDelivery> {
    const stored = await this.#unitOfWork.run(tenantId, ({ deliveries }) => deliveries.load(jobId))
    if (!stored) throw new DeliveryNotFound()
    return stored
  }

  /**
   * @returns the files to write, and the hash of the submitted tree once they are written
   * @throws DeliveryNotFound
   */
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
