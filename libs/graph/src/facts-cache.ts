import { isSha256, sha256, type TreeFile } from '@iama/patch'
import { gunzipSync, gzipSync } from 'node:zlib'
import ts from 'typescript'

import { factsOf } from './facts/file-facts.ts'
import type { FileFacts } from './facts/types.ts'

/** Facts of another form, or of another parser, are of no use. Raise the number when `FileFacts` means something new. */
const FORMAT = `iama-graph 1 typescript ${ts.version}`
/** Written out, these stay well below the longest text that the engine can hold. */
const MOST_FILES = 20_000
const MOST_BYTES = 1 << 30

/** The facts of a file, or why there are none. */
export type Known = { readonly facts: FileFacts } | { readonly unread: string }

/**
 * Facts of files by the hash of their content and their language, so that a file is parsed once however often a graph is
 * built. At most 20,000 files; those that were not asked for the longest go first.
 */
export class FactsCache {
  private readonly entries = new Map<string, Known>()
  /** How many files had to be parsed so far. */
  parsed = 0

  get size(): number {
    return this.entries.size
  }

  /** Facts of a file, from an earlier time where its content is known. */
  read(path: string, { content }: TreeFile): Known {
    const key = `${sha256(content)}${/\.[a-z]+$/.exec(path)?.[0] ?? ''}`
    const known = this.entries.get(key)
    if (known !== undefined) {
      this.entries.delete(key)
      this.entries.set(key, known)
      return known
    }
    this.parsed += 1
    const read = readFacts(path, content)
    this.entries.set(key, read)
    if (this.entries.size > MOST_FILES) for (const [oldest] of this.entries) return (this.entries.delete(oldest), read)
    return read
  }

  /** For a later process. Guarded against damage, not against forgery: keep it where only we write. */
  toBytes(): Uint8Array {
    const body = gzipSync(JSON.stringify([...this.entries]), { level: 1 })
    return Buffer.concat([Buffer.from(`${FORMAT}\n${sha256(body)}\n`), body])
  }

  /** What `toBytes` made; empty where the bytes are damaged or of another version, for all can be read again. */
  static fromBytes(bytes: Uint8Array): FactsCache {
    const cache = new FactsCache()
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const format = buffer.indexOf('\n')
    const digest = buffer.indexOf('\n', format + 1)
    if (format === -1 || digest === -1 || buffer.toString('utf8', 0, format) !== FORMAT) return cache
    const body = buffer.subarray(digest + 1)
    const stated = buffer.toString('utf8', format + 1, digest)
    if (!isSha256(stated) || sha256(body) !== stated) return cache
    const entries = JSON.parse(gunzipSync(body, { maxOutputLength: MOST_BYTES }).toString('utf8')) as [string, Known][]
    for (const [key, known] of entries) cache.entries.set(key, known)
    return cache
  }
}

const readFacts = (path: string, content: Uint8Array): Known => {
  try {
    const facts = factsOf(path, content)
    return facts === undefined ? { unread: 'is not UTF-8 text' } : { facts }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { unread: 'nests too deeply to be read' }
  }
}
