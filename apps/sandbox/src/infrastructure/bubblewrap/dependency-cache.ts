import { randomUUID } from 'node:crypto'
import { lstat, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { unlessGone } from './folder-handles.ts'
import { makeFolder } from './folders.ts'
import { removeFolder } from './remove-folder.ts'

/** Installed packages of a tenant, bound read-only into its sandboxes: no run can change what another will use. */
export interface CachedDependencies {
  readonly key: string
  /** Holds the `node_modules` folders at the places they have in the project. */
  readonly folder: string
  /** Those places, relative; the first is `node_modules`. */
  readonly places: readonly string[]
  readonly packages: number
  readonly bytes: number
  /** Development dependencies that the registry does not have, with their ranges. */
  readonly leftOut: readonly string[]
}

/** Tools keep caches here although it is not theirs: each run gets empty ones of its own. */
export const CACHE_FOLDERS = ['.cache', '.vite', '.vite-temp', '.vitest'] as const

const RECORD = 'dependencies.json'
/** Entries used within this time are never evicted: a session may be about to bind them. */
const RECENT_MS = 3_600_000

export interface CacheEntry extends CachedDependencies {
  readonly tenantId: string
  readonly usedAt: Date
}

/** On disk as `<root>/<tenant>/<key>`; another tenant's entry has another path and another key. */
export class DependencyCache {
  readonly #root: string
  readonly #maxBytes: number

  constructor(root: string, maxBytes: number) {
    this.#root = root
    this.#maxBytes = maxBytes
  }

  async find(tenantId: string, key: string): Promise<CachedDependencies | undefined> {
    const folder = path.join(this.#root, tenantId, key)
    const record = path.join(folder, RECORD)
    const text = await unlessGone(readFile(record, 'utf8'))
    const now = new Date()
    const isThere = text !== undefined && (await unlessGone(utimes(record, now, now).then(() => true)))
    if (!isThere) return undefined
    return { ...(JSON.parse(text) as Omit<CachedDependencies, 'folder'>), folder: path.join(folder, 'project') }
  }

  /** Takes over a finished installation. When two installed the same at once, the first one stays. */
  async store(
    tenantId: string,
    installed: string,
    entry: Omit<CachedDependencies, 'folder'>,
  ): Promise<CachedDependencies> {
    const folder = path.join(this.#root, tenantId, entry.key)
    // nobody else's: neither of who installs the same now, nor of a service of the same number that died over it
    const unfinished = `${folder}.${randomUUID()}.part`
    await makeFolder(unfinished)
    await rename(installed, path.join(unfinished, 'project'))
    await writeFile(path.join(unfinished, RECORD), JSON.stringify(entry))
    await rename(unfinished, folder).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      await removeFolder(unfinished)
    })
    await this.#evict()
    return { ...entry, folder: path.join(folder, 'project') }
  }

  /** Everything that is cached, oldest use first. What goes while it is looked at is not. */
  async entries(): Promise<CacheEntry[]> {
    const entries: CacheEntry[] = []
    for (const tenantId of await readdir(this.#root)) {
      for (const key of (await unlessGone(readdir(path.join(this.#root, tenantId)))) ?? []) {
        const record = path.join(this.#root, tenantId, key, RECORD)
        const found = await unlessGone(stat(record))
        const text = await unlessGone(readFile(record, 'utf8'))
        if (!found || text === undefined || key.endsWith('.part')) continue
        const entry = JSON.parse(text) as Omit<CachedDependencies, 'folder'>
        entries.push({ ...entry, tenantId, folder: path.dirname(record), usedAt: found.mtime })
      }
    }
    return entries.sort((a, b) => a.usedAt.getTime() - b.usedAt.getTime())
  }

  /** Forgets what a tenant has cached; answers how many entries there were. */
  async forget(tenantId: string): Promise<number> {
    const folder = path.join(this.#root, tenantId)
    const names = (await unlessGone(readdir(folder))) ?? []
    await removeFolder(folder)
    if (await unlessGone(lstat(folder))) throw new Error('the dependency cache could not be removed')
    return names.length
  }

  async #evict(): Promise<void> {
    const entries = await this.entries()
    let total = entries.reduce((sum, entry) => sum + entry.bytes, 0)
    for (const entry of entries) {
      if (total <= this.#maxBytes || Date.now() - entry.usedAt.getTime() < RECENT_MS) return
      await removeFolder(entry.folder)
      total -= entry.bytes
    }
  }
}
