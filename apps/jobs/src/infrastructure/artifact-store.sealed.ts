import { createHash } from 'node:crypto'
import type { ContentAddresser, Envelope } from '@iama/security'
import { ArtifactNotFound } from '../application/artifact-not-found.ts'
import type { ArtifactStore } from '../application/ports.ts'

/** Where sealed bytes lie: a filesystem or S3. */
export interface BlobStore {
  /** Writes the whole blob or nothing; writing it again is harmless. */
  write(key: string, bytes: Uint8Array): Promise<void>
  /** @returns undefined when there is no such blob */
  read(key: string): Promise<Uint8Array | undefined>
  /** The size in bytes, or undefined when there is no such blob. */
  size(key: string): Promise<number | undefined>
  /** @throws Error when the store cannot be used */
  ready(): Promise<void>
}

const PURPOSE = 'jobs.artifact'
const utf8 = new TextEncoder()

/** Artifacts at tenant-keyed addresses of their content's hash, each sealed with its tenant's key. */
export class SealedArtifactStore implements ArtifactStore {
  readonly #blobs: BlobStore
  readonly #envelope: Envelope
  readonly #addresser: ContentAddresser

  constructor(blobs: BlobStore, envelope: Envelope, addresser: ContentAddresser) {
    this.#blobs = blobs
    this.#envelope = envelope
    this.#addresser = addresser
  }

  hashOf(content: Uint8Array): string {
    return createHash('sha256').update(content).digest('hex')
  }

  async addressOf(tenantId: string, sha256: string): Promise<string> {
    return await this.#addresser.address(tenantId, utf8.encode(sha256))
  }

  async put(tenantId: string, content: Uint8Array): Promise<string> {
    const address = await this.addressOf(tenantId, this.hashOf(content))
    const key = keyOf(tenantId, address)
    if ((await this.#blobs.size(key)) === undefined) {
      await this.#blobs.write(key, await this.#envelope.seal({ tenantId }, PURPOSE, content))
    }
    return address
  }

  async get(tenantId: string, address: string): Promise<Uint8Array> {
    const sealed = addressPattern.test(address) ? await this.#blobs.read(keyOf(tenantId, address)) : undefined
    if (!sealed) throw new ArtifactNotFound('artifact')
    return await this.#envelope.open({ tenantId }, PURPOSE, sealed)
  }

  async stat(tenantId: string, address: string): Promise<{ exists: boolean; size: number }> {
    const size = addressPattern.test(address) ? await this.#blobs.size(keyOf(tenantId, address)) : undefined
    return { exists: size !== undefined, size: size ?? 0 }
  }
}

const addressPattern = /^[0-9a-f]{64}$/

const keyOf = (tenantId: string, address: string): string => `${tenantId}/${address.slice(0, 2)}/${address}`
