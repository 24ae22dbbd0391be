import { constants } from 'node:fs'
import { lstat, open, readdir, readlink, unlink, type FileHandle } from 'node:fs/promises'
import { below, isCode, itself, openFolder, openParent, unlessGone } from './folder-handles.ts'

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

export interface FoundEntry {
  readonly kind: 'file' | 'folder' | 'symlink' | 'other'
  /** Names joined by slashes, as they stand on disk; not always valid Unicode, hence bytes. */
  readonly path: Buffer
  readonly size: number
  /** Space taken on disk, bytes. */
  readonly allocated: number
  readonly executable: boolean
  /** Undefined when the entry is no longer a regular file. */
  read(): Promise<Uint8Array | undefined>
  target(): Promise<string>
}

const kindOf = (found: Awaited<ReturnType<typeof lstat>>): FoundEntry['kind'] =>
  found.isFile() ? 'file' : found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'symlink' : 'other'

const readRegular = async (folder: FileHandle, name: string | Buffer): Promise<Uint8Array | undefined> => {
  // not blocking, for it may have become a pipe that nobody writes to
  const handle = await open(below(folder, name) as string, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error) => {
    if (isCode(error, 'ENOENT', 'ELOOP', 'ENXIO', 'ENOTDIR')) return undefined
    throw error
  })
  if (!handle) return undefined
  try {
    return (await handle.stat()).isFile() ? await handle.readFile() : undefined
  } finally {
    await handle.close()
  }
}

const entryAt = (
  folder: FileHandle,
  name: Buffer,
  path: Buffer,
  found: Awaited<ReturnType<typeof lstat>>,
): FoundEntry => ({
  kind: kindOf(found),
  path,
  size: Number(found.size),
  allocated: Number(found.blocks) * 512,
  executable: (Number(found.mode) & 0o100) !== 0,
  read: () => readRegular(folder, name),
  target: () => readlink(below(folder, name), 'utf8'),
})

/**
 * Everything below a folder, in byte order of names, folders before their content; `enter` can leave folders out.
 * An entry's `read` and `target` must be called before the next entry is asked for.
 * @throws Error when a part of the tree cannot be looked at: nothing may hide there, and pass for absent
 */
export async function* walk(
  root: FileHandle,
  enter: (path: Buffer) => boolean = () => true,
  prefix = Buffer.alloc(0),
): AsyncGenerator<FoundEntry, void, undefined> {
  const names = (await readdir(itself(root), { encoding: 'buffer' })).sort(Buffer.compare)
  for (const name of names) {
    const path = prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name])
    const found = await unlessGone(lstat(below(root, name)))
    if (!found) continue
    if (found.isDirectory() && !enter(path)) continue
    yield entryAt(root, name, path, found)
    if (!found.isDirectory()) continue
    const folder = await unlessGone(openFolder(root, name))
    if (!folder) continue
    try {
      yield* walk(folder, enter, path)
    } finally {
      await folder.close()
    }
  }
}

/** One regular file of a tree; undefined when there is none, or the way to it is not made of real folders. */
export const readFileOf = async (root: FileHandle, path: string): Promise<FoundEntry | undefined> => {
  const names = path.split('/')
  const folder = await openParent(root, names)
  if (!folder) return undefined
  try {
    const name = Buffer.from(names.at(-1)!)
    const found = await unlessGone(lstat(below(folder, name)))
    if (!found) return undefined
    const entry = entryAt(folder, name, Buffer.from(path), found)
    const content = entry.kind === 'file' ? await entry.read() : undefined
    const target = entry.kind === 'symlink' ? await entry.target() : ''
    return { ...entry, read: async () => content, target: async () => target }
  } finally {
    await folder.close()
  }
}

/** Removes a file or link; harmless when it is not there. */
export const removeFrom = async (root: FileHandle, path: string): Promise<void> => {
  const names = path.split('/')
  const folder = await openParent(root, names)
  if (!folder) return
  try {
    await unlink(below(folder, names.at(-1)!)).catch((error) => {
      if (!isCode(error, 'ENOENT')) throw error
    })
  } finally {
    await folder.close()
  }
}
