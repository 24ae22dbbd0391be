import { createHash } from 'node:crypto'
import { cp, lstat, readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'

const notCode = new Set(['node_modules', '.git'])

/** Copies a folder as it is, without what is installed into it. */
export const copyTree = async (from: string, to: string): Promise<void> =>
  await cp(from, to, { recursive: true, filter: (file) => !notCode.has(path.basename(file)), verbatimSymlinks: true })

/** Every file of a folder: its kind, its mode and the hash of its bytes, by path. */
export const readTree = async (dir: string): Promise<Map<string, string>> => {
  const files = new Map<string, string>()
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(dir, file)
    if (entry.isDirectory() || name.split(path.sep).some((part) => notCode.has(part))) continue
    files.set(name, await fingerprint(file))
  }
  return files
}

const fingerprint = async (file: string): Promise<string> => {
  const stats = await lstat(file)
  if (stats.isSymbolicLink()) return `link to ${await readlink(file)}`
  return `${(stats.mode & 0o777).toString(8)} ${createHash('sha256')
    .update(await readFile(file))
    .digest('hex')}`
}

/** Paths that are not the same in both. */
export const differences = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] =>
  [...new Set([...one.keys(), ...other.keys()])].filter((file) => one.get(file) !== other.get(file)).sort()
