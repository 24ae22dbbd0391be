/** A regular file of a snapshot. */
export interface TreeFile {
  readonly content: Uint8Array
  readonly executable: boolean
}

/** Path (POSIX, relative) to file. */
export type Tree = ReadonlyMap<string, TreeFile>

/** One file to write: the whole content, and what must be there before. */
export interface BundleFile {
  readonly path: string
  /** Hex SHA-256 before; empty when the file is new. */
  readonly before: string
  /** Hex SHA-256 after; empty when the file goes away. */
  readonly after: string
  /** Empty when the file goes away. */
  readonly content: Uint8Array
  readonly executable: boolean
}

export type Hash = (content: Uint8Array) => string

/** What leads from one tree to another, as whole files with the hashes that they replace. */
export const bundleBetween = (from: Tree, to: Tree, hash: Hash): BundleFile[] => {
  const files: BundleFile[] = []
  for (const path of [...new Set([...from.keys(), ...to.keys()])].sort()) {
    const [old, fresh] = [from.get(path), to.get(path)]
    const before = old ? hash(old.content) : ''
    const after = fresh ? hash(fresh.content) : ''
    if (before === after && old?.executable === fresh?.executable) continue
    files.push({
      path,
      before,
      after,
      content: fresh?.content ?? new Uint8Array(),
      executable: fresh?.executable ?? false,
    })
  }
  return files
}
