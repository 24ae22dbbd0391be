import { constants } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import path from 'node:path'

import { isBinary, sha256, treeHashOfEntries, type Sha256 } from '@iama/patch'

const PARALLEL = 32

/** What a path of a tree holds now. */
export interface FileState {
  readonly content: Buffer
  readonly sha256: Sha256
  readonly executable: boolean
  /** A NUL is among its first 8,000 bytes: it is carried, never edited. */
  readonly binary: boolean
  /** Permission bits. */
  readonly mode: number
}

/** One file of a snapshot, by its hash. */
export interface HashedFile {
  readonly path: string
  readonly sha256: Sha256
  readonly size: number
  readonly executable: boolean
  readonly binary: boolean
}

const absent = new Set(['ENOENT', 'ENOTDIR'])

/** Whether each existing folder above a path is a folder and no symbolic link. */
export const hasPlainParents = async (root: string, name: string): Promise<boolean> => {
  let folder = root
  for (const segment of name.split('/').slice(0, -1)) {
    folder = path.join(folder, segment)
    try {
      if (!(await lstat(folder)).isDirectory()) return false
    } catch (error) {
      return absent.has((error as NodeJS.ErrnoException).code ?? '')
    }
  }
  return true
}

/** The file at a path; undefined when there is none, 'other' when it is a link, a folder or reached through a link. */
export const readTreeFile = async (root: string, name: string): Promise<FileState | 'other' | undefined> => {
  if (!(await hasPlainParents(root, name))) return 'other'
  let handle
  try {
    handle = await open(path.join(root, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (absent.has(code)) return undefined
    if (code === 'ELOOP' || code === 'ENXIO') return 'other'
    throw error
  }
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) return 'other'
    const content = await handle.readFile()
    const mode = stats.mode & 0o7777
    return { content, sha256: sha256(content), executable: (mode & 0o100) !== 0, binary: isBinary(content), mode }
  } finally {
    await handle.close()
  }
}

/** Reads and hashes files, a few at a time; what has vanished or turned into something else since is left out. */
export const hashFiles = async (root: string, paths: readonly string[]): Promise<HashedFile[]> => {
  const hashed: HashedFile[] = []
  for (let at = 0; at < paths.length; at += PARALLEL) {
    const batch = paths.slice(at, at + PARALLEL)
    const states = await Promise.all(batch.map((name) => readTreeFile(root, name)))
    states.forEach((state, n) => {
      if (state === undefined || state === 'other') return
      const { sha256: hash, executable, binary, content } = state
      hashed.push({ path: batch[n]!, sha256: hash, size: content.length, executable, binary })
    })
  }
  return hashed
}

/** The tree hash of the regular files at some paths, as they are now. */
export const hashTreeOnDisk = async (root: string, paths: readonly string[]): Promise<Sha256> =>
  treeHashOfEntries(await hashFiles(root, paths))
