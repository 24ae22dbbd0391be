import { InvalidRequest } from '@iama/kernel'
import { ContentMismatch, contentsOf, SnapshotNotFound } from '../domain/snapshot.ts'
import { storeManifest } from './manifest.ts'
import type { ArtifactStore, BlobPart, UnitOfWork } from './ports.ts'

export interface BlobInput {
  readonly sha256: string
  readonly content: Uint8Array
  readonly offset: number
  readonly totalSize: number
}

export interface PutBlobsInput {
  readonly tenantId: string
  readonly snapshotId: string
  readonly blobs: readonly BlobInput[]
}

/** Stores contents of a snapshot; a content may come in parts. The last one completes the snapshot. */
export class PutBlobs {
  readonly #unitOfWork: UnitOfWork
  readonly #artifacts: ArtifactStore

  constructor(unitOfWork: UnitOfWork, artifacts: ArtifactStore) {
    this.#unitOfWork = unitOfWork
    this.#artifacts = artifacts
  }

  async execute({ tenantId, snapshotId, blobs }: PutBlobsInput): Promise<{ missing: number }> {
    const snapshot = await this.#unitOfWork.run(tenantId, ({ snapshots }) => snapshots.load(snapshotId))
    if (!snapshot) throw new SnapshotNotFound()
    const declared = contentsOf(snapshot.entries)
    const whole: string[] = []
    for (const [index, blob] of blobs.entries()) {
      if (declared.get(blob.sha256) !== blob.totalSize) throw undeclared(index)
      const content = await this.#collect(tenantId, snapshotId, blob)
      if (!content) continue
      if (this.#artifacts.hashOf(content) !== blob.sha256) throw new ContentMismatch(blob.sha256)
      await this.#artifacts.put(tenantId, content)
      whole.push(blob.sha256)
    }
    const missing = await this.#unitOfWork.run(tenantId, ({ snapshots }) => snapshots.arrived(snapshotId, whole))
    if (missing === 0 && snapshot.manifest === '') {
      const manifest = await storeManifest(this.#artifacts, tenantId, snapshot.entries)
      await this.#unitOfWork.run(tenantId, ({ snapshots }) => snapshots.complete(snapshotId, manifest))
    }
    return { missing }
  }

  /** The whole content, or undefined while parts are missing. */
  async #collect(tenantId: string, snapshotId: string, blob: BlobInput): Promise<Uint8Array | undefined> {
    if (blob.offset === 0 && blob.content.length === blob.totalSize) return blob.content
    const address = await this.#artifacts.put(tenantId, blob.content)
    const part = { offset: blob.offset, address, size: blob.content.length }
    const parts = await this.#unitOfWork.run(tenantId, ({ snapshots }) =>
      snapshots.addPart(snapshotId, blob.sha256, part),
    )
    return isContiguous(parts, blob.totalSize) ? await this.#join(tenantId, parts) : undefined
  }

  async #join(tenantId: string, parts: readonly BlobPart[]): Promise<Uint8Array> {
    return Buffer.concat(await Promise.all(parts.map((part) => this.#artifacts.get(tenantId, part.address))))
  }
}

const isContiguous = (parts: readonly BlobPart[], size: number): boolean => {
  let end = 0
  for (const part of parts) {
    if (part.offset !== end) return false
    end += part.size
  }
  return end === size
}

const undeclared = (index: number): InvalidRequest =>
  new InvalidRequest([
    {
      field: `blobs[${index}]`,
      reason: 'is not a content of this snapshot, or not of this size',
      fix: 'send what CreateSnapshot answered as missing, with the size that was declared',
    },
  ])
