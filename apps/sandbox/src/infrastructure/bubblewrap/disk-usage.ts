import { closeSync, lstatSync, readdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { below, itself, openFolderSync, openRootSync, unlessGoneSync, type Opened } from './folder-handles.ts'

export interface DiskUsage {
  readonly bytes: number
  readonly entries: number
}

const unbounded: DiskUsage = { bytes: Infinity, entries: Infinity }

/** Looks in a row; between two rows the service does whatever else waits. */
const LOOKS = 128

/** Folders in each other; counting holds all of them open. */
const MOST_DEPTH = 500

/**
 * What a folder takes on disk, its own entry left out. Costs one look at every entry. What cannot be counted is more
 * than any limit: whoever hid it would have none.
 * @param enough counting ends as soon as there is more: who fills a disk adds entries faster than they are counted
 * @throws Error when the folder itself cannot be opened
 */
export const diskUsage = async (folder: string, enough: DiskUsage = unbounded): Promise<DiskUsage> => {
  const sum = { bytes: 0, entries: 0 }
  const isEnough = (): boolean => sum.bytes > enough.bytes || sum.entries > enough.entries
  // an asynchronous look costs ten times as much, and a verification takes thousands
  const count = async (at: Opened, depth: number): Promise<void> => {
    if (depth > MOST_DEPTH) throw new RangeError('folders stand in each other too deep')
    for (const name of unlessGoneSync(() => readdirSync(itself(at), { encoding: 'buffer' })) ?? []) {
      const found = lstatSync(below(at, name), { throwIfNoEntry: false })
      if (!found) continue
      // folders are bounded by the number of entries
      if (!found.isDirectory()) sum.bytes += found.blocks * 512
      sum.entries++
      if (isEnough()) return
      if (sum.entries % LOOKS === 0) await setImmediate()
      const inner = found.isDirectory() ? unlessGoneSync(() => openFolderSync(at, name)) : undefined
      if (inner) await count(inner, depth + 1).finally(() => closeSync(inner.fd))
      if (isEnough()) return
    }
  }
  const root = openRootSync(folder)
  try {
    await count(root, 0)
    return sum
  } catch {
    return unbounded
  } finally {
    closeSync(root.fd)
  }
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
