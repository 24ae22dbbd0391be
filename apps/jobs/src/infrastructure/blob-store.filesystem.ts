import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { atOnce } from '../application/at-once.ts'
import type { BlobStore } from './artifact-store.sealed.ts'

/** So many files are looked at at once: Node does four, the rest keeps them busy. */
const LOOKS = 16

/** Blobs as files below one folder. A blob appears whole or not at all: it is written aside, synced and renamed. */
export class FilesystemBlobStore implements BlobStore {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    const target = this.#path(key)
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
    const aside = `${target}.${randomUUID()}.tmp`
    try {
      const file = await open(aside, 'wx', 0o600)
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(aside, target)
    } catch (error) {
      await rm(aside, { force: true })
      throw error
    }
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return await absentAsUndefined(readFile(this.#path(key)))
  }

  async size(key: string): Promise<number | undefined> {
    return (await absentAsUndefined(stat(this.#path(key))))?.size
  }

  async present(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const sizes = await atOnce(LOOKS, keys, (key) => this.size(key))
    return new Set(keys.filter((_, index) => sizes[index] !== undefined))
  }

  async ready(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 })
    await access(this.#root, constants.W_OK)
  }

  #path(key: string): string {
    return path.join(this.#root, ...key.split('/'))
  }
}

const absentAsUndefined = async <Result>(work: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
