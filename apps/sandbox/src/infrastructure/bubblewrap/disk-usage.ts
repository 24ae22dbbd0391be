import { statfs } from 'node:fs/promises'
import { openRoot } from './folder-handles.ts'
import { walk } from './safe-tree.ts'

export interface DiskUsage {
  readonly bytes: number
  readonly entries: number
}

const unbounded: DiskUsage = { bytes: Infinity, entries: Infinity }

/**
 * What a folder takes on disk, its own entry left out. Costs one look at every entry.
 * @param enough counting ends as soon as there is more: who fills a disk adds entries faster than they are counted
 */
export const diskUsage = async (folder: string, enough: DiskUsage = unbounded): Promise<DiskUsage> => {
  const root = await openRoot(folder)
  let bytes = 0
  let entries = 0
  try {
    for await (const entry of walk(root)) {
      // folders are bounded by the number of entries
      if (entry.kind !== 'folder') bytes += entry.allocated
      entries++
      if (bytes > enough.bytes || entries > enough.entries) break
    }
  } finally {
    await root.close()
  }
  return { bytes, entries }
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
