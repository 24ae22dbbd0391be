import { lstatSync, type Stats } from 'node:fs'
import { readdir, statfs, type FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { below, itself, openFolder, openRoot } from './folder-handles.ts'

export interface DiskUsage {
  readonly bytes: number
  readonly entries: number
}

const unbounded: DiskUsage = { bytes: Infinity, entries: Infinity }

/** Looks in a row; between two rows the service does whatever else waits. */
const LOOKS = 128

const lookAt = (folder: FileHandle, name: Buffer): Stats | undefined => {
  try {
    // an asynchronous look costs ten times as much, and a verification takes thousands
    return lstatSync(below(folder, name), { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/**
 * What a folder takes on disk, its own entry left out. Costs one look at every entry.
 * @param enough counting ends as soon as there is more: who fills a disk adds entries faster than they are counted
 */
export const diskUsage = async (folder: string, enough: DiskUsage = unbounded): Promise<DiskUsage> => {
  const sum = { bytes: 0, entries: 0 }
  const isEnough = (): boolean => sum.bytes > enough.bytes || sum.entries > enough.entries
  const count = async (at: FileHandle): Promise<void> => {
    for (const name of await readdir(itself(at), { encoding: 'buffer' })) {
      const found = lookAt(at, name)
      if (!found) continue
      // folders are bounded by the number of entries
      if (!found.isDirectory()) sum.bytes += found.blocks * 512
      sum.entries++
      if (isEnough()) return
      if (sum.entries % LOOKS === 0) await setImmediate()
      // what cannot be opened any more has gone, or is another thing by now
      const inner = found.isDirectory() ? await openFolder(at, name).catch(() => undefined) : undefined
      if (inner) await count(inner).finally(() => inner.close())
      if (isEnough()) return
    }
  }
  const root = await openRoot(folder)
  try {
    await count(root)
  } finally {
    await root.close()
  }
  return sum
}

export interface FreeSpace {
  readonly bytes: number
  readonly entries: number
}

/** What the file system has left: one call, so that it can be asked ten times a second. */
export const freeSpace = async (folder: string): Promise<FreeSpace> => {
  const found = await statfs(folder)
  return { bytes: found.bfree * found.bsize, entries: found.ffree }
}
