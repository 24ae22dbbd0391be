import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './workspace.ts'

const ignored = new Set(['node_modules', 'dist', '.iama', '.nx', '.git'])

const filesBelow = (entry: string): string[] => {
  if (!existsSync(entry)) return []
  if (!statSync(entry).isDirectory()) return [entry]
  return readdirSync(entry)
    .filter((name) => !ignored.has(name))
    .sort()
    .flatMap((name) => filesBelow(path.join(entry, name)))
}

/** SHA-256 over names and bytes of the files and folders given (relative to the clone), in a fixed order. */
export const contentHash = (entries: readonly string[], salt = ''): string => {
  const hash = createHash('sha256').update(salt)
  for (const file of entries.flatMap((entry) => filesBelow(path.join(root, entry)))) {
    const bytes = readFileSync(file)
    hash.update(`${path.relative(root, file)}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

/**
 * Does the work unless it was done for exactly this hash and all its outputs are still there.
 * Returns whether the work ran.
 */
export const unlessDone = async (
  name: string,
  hash: string,
  outputs: readonly string[],
  work: () => Promise<void>,
): Promise<boolean> => {
  const file = path.join(root, '.iama/stamps', name)
  const done = existsSync(file) && readFileSync(file, 'utf8') === hash
  if (done && outputs.every((output) => existsSync(path.join(root, output)))) return false
  await work()
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, hash)
  return true
}
