import { hash } from 'node:crypto'

import type { Sha256, Tree } from './edit.ts'

/** Hex SHA-256 of some bytes. */
export const sha256 = (bytes: Uint8Array): Sha256 => hash('sha256', bytes, 'hex') as Sha256

const sha256Pattern = /^[0-9a-f]{64}$/

/** Whether a text is a SHA-256 in the one spelling that IAMA uses: 64 lower-case hex digits. */
export const isSha256 = (text: string): text is Sha256 => sha256Pattern.test(text)

/** What the hash of a tree knows about one file. */
export interface TreeHashEntry {
  readonly path: string
  readonly sha256: Sha256
  readonly executable: boolean
}

/**
 * Hash of a tree from the hashes of its files, for callers that do not hold every file in memory.
 * Paths are ordered by their UTF-8 bytes; every field ends in a NUL, which no path can contain.
 */
export const treeHashOfEntries = (entries: Iterable<TreeHashEntry>): Sha256 => {
  const lines = [...entries].map((entry) => ({ key: Buffer.from(entry.path), entry }))
  lines.sort((a, b) => Buffer.compare(a.key, b.key))
  const text = lines.map(({ entry }) => `${entry.executable ? 'x' : '-'}\0${entry.path}\0${entry.sha256}\0`).join('')
  return sha256(Buffer.from(`iama-tree-1\0${text}`))
}

/** Hash of a tree: the same for the same paths, bytes and executable bits, in whatever order they are held. */
export const treeHash = (tree: Tree): Sha256 =>
  treeHashOfEntries(
    Array.from(tree, ([path, file]) => ({ path, sha256: sha256(file.content), executable: file.executable })),
  )
