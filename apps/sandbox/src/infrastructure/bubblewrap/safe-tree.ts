import { constants } from 'node:fs'
import { chmod, chown, lstat, mkdir, open, readdir, readlink, symlink, unlink, type FileHandle } from 'node:fs/promises'
import type { Account } from './accounts.ts'

// A sandbox may swap a folder for a link at any moment. So nothing here follows a path of more than one name: each
// folder is opened by itself, links refused, and the next name is looked up below its descriptor.
const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NONBLOCK } = constants
const O_PATH = 0o10000000

const below = (folder: FileHandle, name: string | Buffer): string | Buffer =>
  typeof name === 'string'
    ? `/proc/self/fd/${folder.fd}/${name}`
    : Buffer.concat([Buffer.from(`/proc/self/fd/${folder.fd}/`), name])

const itself = (handle: FileHandle): string => `/proc/self/fd/${handle.fd}`

const isCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '')

export const openRoot = (folder: string): Promise<FileHandle> => open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)

/** Opens a folder that its owner may have made unreadable, giving the owner his rights back first. */
const openFolder = async (parent: FileHandle, name: string | Buffer): Promise<FileHandle> => {
  const target = below(parent, name) as string
  try {
    return await open(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  } catch (error) {
    if (!isCode(error, 'EACCES')) throw error
  }
  const handle = await open(target, O_PATH | O_DIRECTORY | O_NOFOLLOW)
  try {
    await chmod(itself(handle), 0o700)
    return await open(itself(handle), O_RDONLY | O_DIRECTORY)
  } finally {
    await handle.close()
  }
}

/** The folder that holds the last name, or undefined when a part of the way is missing or is no real folder. */
const openParent = async (root: FileHandle, names: readonly string[]): Promise<FileHandle | undefined> => {
  let folder = await openRoot(itself(root) + '/.')
  for (const name of names.slice(0, -1)) {
    const next = await openFolder(folder, name).catch((error) => {
      if (isCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
      throw error
    })
    await folder.close()
    if (!next) return undefined
    folder = next
  }
  return folder
}

export class NotAFolder extends Error {}

/** Writes into a tree on behalf of its account; keeps the last folder open, for uploads come in order. */
export class TreeWriter {
  readonly #root: FileHandle
  readonly #account: Account | undefined
  #last: { names: string; handle: FileHandle } | undefined

  constructor(root: FileHandle, account: Account | undefined) {
    this.#root = root
    this.#account = account
  }

  /** Throws NotAFolder when a part of the way is a link or a file. */
  async file(path: string, content: Uint8Array, executable: boolean): Promise<void> {
    const { folder, name } = await this.#parent(path)
    const create = () => open(below(folder, name) as string, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    const handle = await create().catch(async (error) => {
      if (!isCode(error, 'EEXIST')) throw error
      await this.#clear(folder, name)
      return create()
    })
    try {
      await handle.writeFile(content)
      if (this.#account) await handle.chown(this.#account.uid, this.#account.gid)
      await handle.chmod(executable ? 0o755 : 0o644)
    } finally {
      await handle.close()
    }
  }

  /** Stored as it is; whatever it points at matters inside the namespace only. */
  async symlink(path: string, target: string): Promise<void> {
    const { folder, name } = await this.#parent(path)
    await this.#clear(folder, name)
    await symlink(target, below(folder, name) as string)
  }

  async folder(path: string): Promise<void> {
    await this.#parent(`${path}/.`)
  }

  async close(): Promise<void> {
    await this.#last?.handle.close()
    this.#last = undefined
  }

  async #clear(folder: FileHandle, name: string): Promise<void> {
    await unlink(below(folder, name)).catch((error) => {
      if (isCode(error, 'EISDIR', 'EPERM')) throw new NotAFolder(`${name} is a folder`)
      if (!isCode(error, 'ENOENT')) throw error
    })
  }

  async #parent(path: string): Promise<{ folder: FileHandle; name: string }> {
    const names = path.split('/')
    const name = names.pop()!
    const way = names.join('/')
    if (this.#last?.names === way) return { folder: this.#last.handle, name }
    await this.close()
    let folder = await openRoot(itself(this.#root) + '/.')
    for (const step of names) {
      const next = await this.#enter(folder, step).finally(() => folder.close())
      folder = next
    }
    this.#last = { names: way, handle: folder }
    return { folder, name }
  }

  async #enter(folder: FileHandle, name: string): Promise<FileHandle> {
    try {
      return await openFolder(folder, name)
    } catch (error) {
      if (isCode(error, 'ENOTDIR', 'ELOOP')) throw new NotAFolder(`${name} is not a folder`)
      if (!isCode(error, 'ENOENT')) throw error
    }
    await mkdir(below(folder, name), { mode: 0o755 }).catch((error) => {
      if (!isCode(error, 'EEXIST')) throw error
    })
    const made = await openFolder(folder, name).catch((error) => {
      throw isCode(error, 'ENOTDIR', 'ELOOP', 'ENOENT') ? new NotAFolder(`${name} changes while it is written`) : error
    })
    if (this.#account) await chown(itself(made), this.#account.uid, this.#account.gid)
    return made
  }
}

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
 */
export async function* walk(
  root: FileHandle,
  enter: (path: Buffer) => boolean = () => true,
  prefix = Buffer.alloc(0),
): AsyncGenerator<FoundEntry, void, undefined> {
  const names = (await readdir(itself(root), { encoding: 'buffer' })).sort(Buffer.compare)
  for (const name of names) {
    const path = prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name])
    const found = await lstat(below(root, name)).catch(() => undefined)
    if (!found) continue
    if (found.isDirectory() && !enter(path)) continue
    yield entryAt(root, name, path, found)
    if (!found.isDirectory()) continue
    const folder = await openFolder(root, name).catch(() => undefined)
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
    const found = await lstat(below(folder, name)).catch(() => undefined)
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
