import { constants } from 'node:fs'
import { chown, mkdir, open, symlink, unlink, type FileHandle } from 'node:fs/promises'
import type { Account } from './accounts.ts'
import { below, isCode, itself, openFolder, openRoot } from './folder-handles.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

/** A part of the way to a path is a link or a file. */
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
