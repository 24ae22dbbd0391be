import type { TreeEntry, UploadEntry, UploadSummary } from '../../application/ports.ts'
import { UploadRefused } from '../../domain/errors.ts'
import type { SandboxLimits } from '../../domain/limits.ts'
import type { TreePath } from '../../domain/paths.ts'
import type { Account } from './accounts.ts'
import type { DiskUsage } from './disk-usage.ts'
import { openRoot } from './folder-handles.ts'
import { NotAFolder, TreeWriter } from './tree-writer.ts'
import { readFileOf, walk, type FoundEntry } from './safe-tree.ts'

const MAX_LINK_BYTES = 4_095
const MIB = 1024 * 1024

/** Keeps an upload within the session's limits; refused before the entry is written. */
const measure = (entry: UploadEntry, limits: SandboxLimits, used: DiskUsage): void => {
  if (used.entries + 1 > limits.diskEntries) {
    throw new UploadRefused(entry.path, `the sandbox holds at most ${limits.diskEntries} files`, 'submit a part')
  }
  if (entry.kind === 'symlink') {
    const bytes = Buffer.byteLength(entry.target)
    if (bytes === 0 || bytes > MAX_LINK_BYTES || entry.target.includes('\0')) {
      throw new UploadRefused(entry.path, 'is a link without a usable target', 'leave the link out')
    }
    return
  }
  if (entry.content.length > limits.fileBytes) {
    const limit = `${Math.floor(limits.fileBytes / MIB)} MiB`
    throw new UploadRefused(entry.path, `is larger than the limit of ${limit} a file`, 'leave the file out')
  }
  if (used.bytes + entry.content.length > limits.diskBytes) {
    const limit = `${Math.floor(limits.diskBytes / MIB)} MiB`
    throw new UploadRefused(entry.path, `the sandbox holds at most ${limit}`, 'submit a part of the tree')
  }
}

/** Writes entries into a tree's folder; `used` is what the session holds already. */
export const uploadInto = async (
  folder: string,
  account: Account | undefined,
  entries: AsyncIterable<UploadEntry>,
  limits: SandboxLimits,
  used: DiskUsage,
): Promise<UploadSummary> => {
  const root = await openRoot(folder)
  const writer = new TreeWriter(root, account)
  const summary = { files: 0, symlinks: 0, bytes: 0 }
  try {
    for await (const entry of entries) {
      measure(entry, limits, {
        bytes: used.bytes + summary.bytes,
        entries: used.entries + summary.files + summary.symlinks,
      })
      await writeEntry(writer, entry)
      if (entry.kind === 'symlink') {
        summary.symlinks++
      } else {
        summary.files++
        summary.bytes += entry.content.length
      }
    }
  } finally {
    await writer.close()
    await root.close()
  }
  return summary
}

const writeEntry = async (writer: TreeWriter, entry: UploadEntry): Promise<void> => {
  try {
    if (entry.kind === 'symlink') await writer.symlink(entry.path, entry.target)
    else await writer.file(entry.path, entry.content, entry.executable)
  } catch (error) {
    if (!(error instanceof NotAFolder)) throw error
    throw new UploadRefused(entry.path, `collides with another entry: ${error.message}`, 'leave one of them out')
  }
}

/** The installed dependencies and the version control folder are no part of a tree. */
const belongsToTree = (path: Buffer): boolean => !['node_modules', '.git'].includes(path.toString('latin1'))

const isUnicode = (path: Buffer): boolean => Buffer.from(path.toString()).equals(path)

const toTreeEntry = async (entry: FoundEntry, fileBytes: number): Promise<TreeEntry | undefined> => {
  const path = entry.path.toString()
  if (entry.kind === 'symlink') {
    return { path, kind: 'symlink', content: Buffer.from(await entry.target()), executable: false }
  }
  if (entry.kind !== 'file' || entry.size > fileBytes) return undefined
  const content = await entry.read()
  return content && { path, kind: 'file', content, executable: entry.executable }
}

/** The files and links of a tree. Names that are not Unicode, pipes and sockets cannot travel and are left out. */
export async function* downloadFrom(
  folder: string,
  fileBytes: number,
  paths?: readonly TreePath[],
): AsyncGenerator<TreeEntry, void, undefined> {
  const root = await openRoot(folder)
  try {
    if (paths) {
      for (const path of paths) {
        const entry = await readFileOf(root, path)
        const found = entry && (await toTreeEntry(entry, fileBytes))
        if (found) yield found
      }
      return
    }
    for await (const entry of walk(root, belongsToTree)) {
      if (!isUnicode(entry.path)) continue
      const found = await toTreeEntry(entry, fileBytes)
      if (found) yield found
    }
  } finally {
    await root.close()
  }
}

/** The paths of the regular files of a tree, in code-unit order, without reading them. */
export const listFiles = async (folder: string): Promise<string[]> => {
  const root = await openRoot(folder)
  const paths: string[] = []
  try {
    for await (const entry of walk(root, belongsToTree)) {
      if (entry.kind === 'file' && isUnicode(entry.path)) paths.push(entry.path.toString())
    }
  } finally {
    await root.close()
  }
  return paths.sort()
}
