import { mkdir, open, rename, rmdir, unlink } from 'node:fs/promises'
import path from 'node:path'

/**
 * Every change that the journal makes goes through these operations; each has reached the disk when its promise
 * resolves. Tests stop the process between any two of them.
 */
export interface DurableFs {
  /** Makes one folder. */
  mkdir(folder: string): Promise<void>
  /** Writes a new file; with `mode`, exactly these permission bits, otherwise the usual ones. */
  write(file: string, content: Uint8Array, permissions: Permissions): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(file: string): Promise<void>
  /** Removes an empty folder. */
  rmdir(folder: string): Promise<void>
}

export type Permissions = { readonly mode: number } | { readonly executable: boolean }

const syncFolder = async (folder: string): Promise<void> => {
  // Windows cannot open a folder; there the rename itself is durable
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export const nodeDurableFs: DurableFs = {
  async mkdir(folder) {
    await mkdir(folder)
    await syncFolder(path.dirname(folder))
  },
  async write(file, content, permissions) {
    const usual = 'executable' in permissions && permissions.executable ? 0o777 : 0o666
    const handle = await open(file, 'wx', usual)
    try {
      await handle.writeFile(content)
      // explicit bits must not be narrowed by the umask
      if ('mode' in permissions) await handle.chmod(permissions.mode)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await syncFolder(path.dirname(file))
  },
  async rename(from, to) {
    await rename(from, to)
    await syncFolder(path.dirname(to))
    if (path.dirname(from) !== path.dirname(to)) await syncFolder(path.dirname(from))
  },
  async unlink(file) {
    await unlink(file)
    await syncFolder(path.dirname(file))
  },
  async rmdir(folder) {
    await rmdir(folder)
    await syncFolder(path.dirname(folder))
  },
}
