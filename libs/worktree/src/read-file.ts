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

/** What was seen of folders while many files are read one after the other. */
type Seen = Map<string, Promise<'folder' | 'absent' | 'other'>>

const kindOf = async (folder: string): Promise<'folder' | 'absent' | 'other'> => {
  try {
    return (await lstat(folder)).isDirectory() ? 'folder' : 'other'
  } catch (error) {
    return absent.has((error as NodeJS.ErrnoException).code ?? '') ? 'absent' : 'other'
  }
}

/**
 * Whether each existing folder above a path is a folder and no symbolic link.
 * @param seen spares asking again for the folders that many files have in common
 */
export const hasPlainParents = async (root: string, name: string, seen: Seen = new Map()): Promise<boolean> => {
  let folder = root
  for (const segment of name.split('/').slice(0, -1)) {
    folder = path.join(folder, segment)
    let kind = seen.get(folder)
    if (!kind) seen.set(folder, (kind = kindOf(folder)))
    const found = await kind
    if (found !== 'folder') return found === 'absent'
  }
  return true
}

/** The file at a path; undefined when there is none, 'other' when it is a link, a folder or reached through a link. */
export const readTreeFile = async (
  root: string,
  name: string,
  seen: Seen = new Map(),
): Promise<FileState | 'other' | undefined> => {
  if (!(await hasPlainParents(root, name, seen))) return 'other'
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

/** The files at many paths, in their order, a few at a time; see `readTreeFile`. */
export async function* readTreeFiles(
  root: string,
  paths: readonly string[],
): AsyncGenerator<readonly [path: string, state: FileState | 'other' | undefined]> {
  const seen: Seen = new Map()
  for (let at = 0; at < paths.length; at += PARALLEL) {
    const batch = paths.slice(at, at + PARALLEL)
    const states = await Promise.all(batch.map((name) => readTreeFile(root, name, seen)))
    for (const [n, state] of states.entries()) yield [batch[n]!, state]
  }
}

/** Reads and hashes files, a few at a time; what has vanished or turned into something else since is left out. */
export const hashFiles = async (root: string, paths: readonly string[]): Promise<HashedFile[]> => {
  const hashed: HashedFile[] = []
  for await (const [name, state] of readTreeFiles(root, paths)) {
    if (state === undefined || state === 'other') continue
    const { sha256: hash, executable, binary, content } = state
    hashed.push({ path: name, sha256: hash, size: content.length, executable, binary })
  }
  return hashed
}

/** The tree hash of the regular files at some paths, as they are now. */
export const hashTreeOnDisk = async (root: string, paths: readonly string[]): Promise<Sha256> =>
  treeHashOfEntries(await hashFiles(root, paths))
