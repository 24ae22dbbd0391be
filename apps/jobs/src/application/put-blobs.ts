import { InvalidRequest } from '@iama/kernel'
import { ContentMismatch, SnapshotNotFound } from '../domain/snapshot.ts'
import { addressesOf, storeManifest } from './manifest.ts'
import type { ArtifactStore, BlobPart, UnitOfWork } from './ports.ts'

export interface BlobInput {
  readonly sha256: string
  readonly content: Uint8Array
  readonly offset: number
  readonly totalSize: number
}

interface Content {
  readonly sha256: string
  readonly content: Uint8Array
}

export interface PutBlobsInput {
  readonly tenantId: string
  readonly snapshotId: string
  readonly blobs: readonly BlobInput[]
}

/** So many contents are stored before it is noted that they came: whoever repeats a call that was cut goes on there. */
const SLICE = 1_000

/** Stores contents of a snapshot; a content may come in parts. The last one completes the snapshot. */
export class PutBlobs {
  readonly #unitOfWork: UnitOfWork
  readonly #artifacts: ArtifactStore

  constructor(unitOfWork: UnitOfWork, artifacts: ArtifactStore) {
    this.#unitOfWork = unitOfWork
    this.#artifacts = artifacts
  }

  async execute({ tenantId, snapshotId, blobs }: PutBlobsInput): Promise<{ missing: number }> {
    const hashes = blobs.map(({ sha256 }) => sha256)
    const declared = await this.#unitOfWork.run(tenantId, ({ snapshots }) => snapshots.declared(snapshotId, hashes))
    if (!declared) throw new SnapshotNotFound()
    const contents = await this.#contents(tenantId, snapshotId, declared, blobs)
    let missing = 0
    for (let at = 0; at === 0 || at < contents.length; at += SLICE) {
      missing = await this.#store(tenantId, snapshotId, contents.slice(at, at + SLICE))
    }
    if (missing === 0) await this.#complete(tenantId, snapshotId)
    return { missing }
  }

  async #store(tenantId: string, snapshotId: string, contents: readonly Content[]): Promise<number> {
    await this.#artifacts.putAll(
      tenantId,
      contents.map(({ content }) => content),
    )
    const hashes = contents.map(({ sha256 }) => sha256)
    return await this.#unitOfWork.run(tenantId, ({ snapshots }) => snapshots.arrived(snapshotId, hashes))
  }

  async #complete(tenantId: string, snapshotId: string): Promise<void> {
    const snapshot = await this.#unitOfWork.run(tenantId, ({ snapshots }) => snapshots.load(snapshotId))
    if (!snapshot || snapshot.manifest !== '') return
    const addresses = await addressesOf(this.#artifacts, tenantId, snapshot.entries)
    const manifest = await storeManifest(this.#artifacts, tenantId, snapshot.entries, addresses)
    await this.#unitOfWork.run(tenantId, ({ snapshots }) => snapshots.complete(snapshotId, manifest))
  }

  /** The contents that are whole by now, each proven to be what was declared. */
  async #contents(
    tenantId: string,
    snapshotId: string,
    declared: ReadonlyMap<string, number>,
    blobs: readonly BlobInput[],
  ): Promise<Content[]> {
    const whole: Content[] = []
    for (const [index, blob] of blobs.entries()) {
      if (declared.get(blob.sha256) !== blob.totalSize) throw undeclared(index)
      const content = await this.#collect(tenantId, snapshotId, blob)
      if (!content) continue
      if (this.#artifacts.hashOf(content) !== blob.sha256) throw new ContentMismatch(blob.sha256)
      whole.push({ sha256: blob.sha256, content })
    }
    return whole
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
