import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { ContentAddresser, Envelope } from '@iama/security'
import { ArtifactNotFound } from '../application/artifact-not-found.ts'
import { atOnce } from '../application/at-once.ts'
import type { ArtifactStore } from '../application/ports.ts'

/** Where sealed bytes lie: a folder or a bucket. `test/blob-store-contract.ts` is what every adapter keeps. */
export interface BlobStore {
  /** Writes the whole blob or nothing; writing it again is harmless. */
  write(key: string, bytes: Uint8Array): Promise<void>
  /** @returns undefined when there is no such blob */
  read(key: string): Promise<Uint8Array | undefined>
  /** The size in bytes, or undefined when there is no such blob. */
  size(key: string): Promise<number | undefined>
  /** Those of the keys that have a blob. */
  present(keys: readonly string[]): Promise<ReadonlySet<string>>
  /** @throws Error when the store cannot be used */
  ready(): Promise<void>
}

const PURPOSE = 'jobs.artifact'
const utf8 = new TextEncoder()

/** So many contents are put at once: enough for a disk to gather its writes, few enough for a bucket's limits. */
const PUTS = 16
/** So many addresses are computed before others get their turn: some 20 ms. */
const ADDRESSES = 500

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

  async addressesOf(tenantId: string, sha256: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const addresses = new Map<string, string>()
    for (const [index, hash] of sha256.entries()) {
      if (index % ADDRESSES === ADDRESSES - 1) await turn()
      addresses.set(hash, await this.#addressOf(tenantId, hash))
    }
    return addresses
  }

  async present(tenantId: string, addresses: readonly string[]): Promise<ReadonlySet<string>> {
    const keys = new Map(addresses.map((address) => [keyOf(tenantId, address), address]))
    const present = await this.#blobs.present([...keys.keys()])
    return new Set([...present].map((key) => keys.get(key)!))
  }

  async put(tenantId: string, content: Uint8Array): Promise<string> {
    const address = await this.#addressOf(tenantId, this.hashOf(content))
    const key = keyOf(tenantId, address)
    if ((await this.#blobs.size(key)) === undefined) {
      await this.#blobs.write(key, await this.#envelope.seal({ tenantId }, PURPOSE, content))
    }
    return address
  }

  async putAll(tenantId: string, contents: readonly Uint8Array[]): Promise<string[]> {
    return await atOnce(PUTS, contents, (content) => this.put(tenantId, content))
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

  async #addressOf(tenantId: string, sha256: string): Promise<string> {
    return await this.#addresser.address(tenantId, utf8.encode(sha256))
  }
}

const addressPattern = /^[0-9a-f]{64}$/

const keyOf = (tenantId: string, address: string): string => `${tenantId}/${address.slice(0, 2)}/${address}`
