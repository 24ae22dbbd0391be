import { addAbortSignal, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NotFound,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { atOnce } from '../application/at-once.ts'
import type { BlobStore } from './artifact-store.sealed.ts'
import { ArtifactsUnavailable, bucketUnusable } from './blob-store.s3-errors.ts'
import { firstAfter, lanesOf, sharedStart, type Page } from './blob-store.s3-scan.ts'

/** A bucket, at AWS or anything that speaks its protocol. */
export interface S3Settings {
  readonly bucket: string
  /** What every key starts with: empty, or a path that ends in `/`. */
  readonly prefix: string
  /** The server's URL where it is not AWS. */
  readonly endpoint: string | undefined
  /** The SDK's own (AWS_REGION, the profile) when absent. */
  readonly region: string | undefined
  /** `endpoint/bucket/key` in the place of `bucket.endpoint/key`. */
  readonly forcePathStyle: boolean
}

export interface S3Limits {
  /** How long connecting may take, in milliseconds. */
  readonly connectMs: number
  /** How long one attempt may take to answer, in milliseconds. */
  readonly attemptMs: number
  /** How long a call may take with all its attempts and the bytes of its answer, in milliseconds. */
  readonly callMs: number
  /** How many keys one list holds; 1,000 is the protocol's own limit. */
  readonly page: number
}

const usual: S3Limits = { connectMs: 2_000, attemptMs: 10_000, callMs: 30_000, page: 1_000 }

/** A throttled or failed attempt is made again after a growing pause, this often in all. */
const ATTEMPTS = 3
const CONNECTIONS = 64
/** Up to here each key is asked for by itself, above it lists are read. */
const FEW = 50
const LANES = 8

/** Blobs as objects of a bucket. Credentials are found by the SDK's own chain, and nowhere else. */
export class S3BlobStore implements BlobStore {
  readonly #settings: S3Settings
  readonly #limits: S3Limits
  readonly #client: S3Client
  #written = false

  constructor(settings: S3Settings, limits: Partial<S3Limits> = {}) {
    this.#settings = settings
    this.#limits = { ...usual, ...limits }
    const region = settings.region ?? (settings.endpoint === undefined ? undefined : 'us-east-1')
    this.#client = new S3Client({
      ...(region !== undefined && { region }),
      ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
      forcePathStyle: settings.forcePathStyle,
      maxAttempts: ATTEMPTS,
      // The signature covers the content's hash already; some servers refuse the newer checksum headers.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: this.#limits.connectMs,
        requestTimeout: this.#limits.attemptMs,
        throwOnRequestTimeout: true,
        httpAgent: { maxSockets: CONNECTIONS },
        httpsAgent: { maxSockets: CONNECTIONS },
      },
    })
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    const put = new PutObjectCommand({ ...this.#at(key), Body: bytes, ContentLength: bytes.byteLength })
    await this.#call('write to', (signal) => this.#client.send(put, { abortSignal: signal }))
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return await this.#call('read from', async (signal) => {
      const answer = await absentAsUndefined(
        this.#client.send(new GetObjectCommand(this.#at(key)), { abortSignal: signal }),
      )
      // The SDK forgets the signal once the headers are there: a body that stands still has to end too.
      return answer && (await buffer(addAbortSignal(signal, answer.Body as Readable)))
    })
  }

  async size(key: string): Promise<number | undefined> {
    return await this.#call('read from', async (signal) => {
      const head = new HeadObjectCommand(this.#at(key))
      return (await absentAsUndefined(this.#client.send(head, { abortSignal: signal })))?.ContentLength
    })
  }

  /**
   * A few keys are asked for one by one. For many, sorted, lists are read that jump from each wanted key to the next:
   * never more lists than keys, nor than one for each 1,000 objects of the tenant; a new tenant costs a handful.
   */
  async present(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (keys.length <= FEW) {
      const sizes = await atOnce(LANES, keys, (key) => this.size(key))
      return new Set(keys.filter((_, index) => sizes[index] !== undefined))
    }
    const found = await atOnce(LANES, lanesOf(keys, LANES), (lane) => this.#presentOf(lane))
    return new Set(found.flat())
  }

  /** @throws BucketUnusable that says what to do */
  async ready(): Promise<void> {
    const probe = new ListObjectsV2Command({ Bucket: this.#settings.bucket, Prefix: this.#settings.prefix, MaxKeys: 1 })
    await this.#try('list', (signal) => this.#client.send(probe, { abortSignal: signal }))
    if (this.#written) return
    // Whoever may list may still not write: found out once, before the first user does.
    const put = new PutObjectCommand({ ...this.#at('.writable'), Body: new Uint8Array(), ContentLength: 0 })
    await this.#try('write to', (signal) => this.#client.send(put, { abortSignal: signal }))
    this.#written = true
  }

  close(): void {
    this.#client.destroy()
  }

  async #presentOf(wanted: readonly string[]): Promise<string[]> {
    const present: string[] = []
    const prefix = sharedStart(wanted)
    for (let at = 0; at < wanted.length;) {
      const page = await this.#page(prefix, wanted[at]!)
      const here = new Set(page.keys)
      const next = page.more ? firstAfter(wanted, at, page.keys.at(-1)!) : wanted.length
      present.push(...wanted.slice(at, next).filter((key) => here.has(key)))
      at = next
    }
    return present
  }

  /** The keys from the given one on. */
  async #page(prefix: string, from: string): Promise<Page> {
    const list = new ListObjectsV2Command({
      Bucket: this.#settings.bucket,
      Prefix: this.#settings.prefix + prefix,
      // A list begins behind this name, and every name is greater than its own beginning.
      StartAfter: this.#settings.prefix + from.slice(0, -1),
      MaxKeys: this.#limits.page,
    })
    const answer = await this.#call('list', (signal) => this.#client.send(list, { abortSignal: signal }))
    const keys = (answer.Contents ?? []).map(({ Key = '' }) => Key.slice(this.#settings.prefix.length))
    return { keys, more: answer.IsTruncated === true && keys.length > 0 }
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#settings.bucket, Key: this.#settings.prefix + key }
  }

  async #call<Result>(what: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    try {
      return await this.#try(what, work)
    } catch (error) {
      throw new ArtifactsUnavailable(error as Error)
    }
  }

  /** @throws BucketUnusable */
  async #try<Result>(what: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const signal = AbortSignal.timeout(this.#limits.callMs)
    try {
      return await work(signal)
    } catch (error) {
      throw bucketUnusable(what, this.#settings, error, signal.aborted ? this.#limits.callMs : undefined)
    }
  }
}

const absentAsUndefined = async <Result>(work: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await work
  } catch (error) {
    if (error instanceof NotFound || error instanceof NoSuchKey) return undefined
    throw error
  }
}
