import { DomainError, InvalidRequest, type FieldViolation } from '@iama/kernel'

/** One file of the code as submitted. */
export interface ManifestEntry {
  /** POSIX, relative to the root. */
  readonly path: string
  /** Hex SHA-256 of the content; empty for a symbolic link. */
  readonly sha256: string
  /** In bytes. */
  readonly size: number
  readonly executable: boolean
  /** Where a symbolic link points; empty for a regular file. */
  readonly linkTarget: string
}

/**
 * What one job may bring. The manifest of all files has to fit into one message of 16 MiB, which leaves 335 bytes for
 * an entry: 3 for its frame, 66 for the hash, 7 for size and mode, 3 and the path itself. So 50,000 paths of 256 bytes
 * fit (real trees have 40 to 80: 6.6 MB in all); the answer, 66 bytes a hash, is 3.3 MB at most. Contents travel in
 * calls of 2 MiB; 50,000 of a few bytes each add 77 bytes of frame a piece: 5.9 MB even if they came in one call.
 */
export const snapshotLimits = { files: 50_000, bytes: 200_000_000, fileBytes: 10_000_000 } as const

/** The code is larger than what one job may bring. */
export class SnapshotTooLarge extends DomainError {
  readonly code = 'SNAPSHOT_TOO_LARGE'
  override readonly kind = 'exhausted'
}

/** A content is needed before the job can be created. */
export class SnapshotIncomplete extends DomainError {
  readonly code = 'SNAPSHOT_INCOMPLETE'

  constructor(missing: number) {
    super(`${missing} contents of the snapshot are missing; send them with PutBlobs`, { missing: String(missing) })
  }
}

export class SnapshotNotFound extends DomainError {
  readonly code = 'SNAPSHOT_NOT_FOUND'
  override readonly kind = 'not-found'

  constructor() {
    super('there is no such snapshot; create it with CreateSnapshot')
  }
}

/** A content does not have the hash that was declared. */
export class ContentMismatch extends DomainError {
  readonly code = 'CONTENT_MISMATCH'
  override readonly kind = 'invalid'

  constructor(sha256: string) {
    super(`the content sent as ${sha256} has another hash; read the file again and send it again`, { sha256 })
  }
}

const sha256Pattern = /^[0-9a-f]{64}$/

const pathProblem = (path: string): string | undefined => {
  if (path === '' || path.length > 1_000) return 'is empty or longer than 1,000 characters'
  if (path.includes('\0')) return 'has a NUL character'
  if (path.startsWith('/')) return 'is absolute'
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) return 'has an empty, . or .. part'
  return undefined
}

/**
 * A manifest that can be trusted: relative paths that stay inside, no path twice, no file that is also a folder.
 * @throws SnapshotTooLarge, InvalidRequest
 */
export const parseManifest = (entries: readonly ManifestEntry[]): readonly ManifestEntry[] => {
  checkSize(entries)
  const violations: FieldViolation[] = []
  const paths = new Set<string>()
  entries.forEach((entry, index) => {
    const wrong = (field: string, reason: string, fix: string) =>
      violations.push({ field: `entries[${index}].${field}`, reason, fix })
    const problem = pathProblem(entry.path)
    if (problem) wrong('path', problem, 'send a path relative to the root, with / between its parts')
    if (paths.has(entry.path)) wrong('path', 'stands twice', 'send each path once')
    paths.add(entry.path)
    if (entry.linkTarget === '' && !sha256Pattern.test(entry.sha256)) {
      wrong('sha256', 'is not a hex SHA-256', 'send 64 lower-case hex digits')
    }
    if (entry.size < 0) wrong('size', 'is negative', 'send the size in bytes')
  })
  for (const path of paths) {
    const folder = parentsOf(path).find((parent) => paths.has(parent))
    if (folder)
      violations.push({ field: 'entries', reason: `${folder} is a file and a folder`, fix: 'send one of them' })
  }
  if (violations.length > 0) throw new InvalidRequest(violations.slice(0, 20))
  return [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))
}

const checkSize = (entries: readonly ManifestEntry[]): void => {
  if (entries.length === 0) {
    throw new InvalidRequest([{ field: 'entries', reason: 'is empty', fix: 'submit a folder with files' }])
  }
  if (entries.length > snapshotLimits.files) {
    throw new SnapshotTooLarge(`${entries.length} files are more than ${snapshotLimits.files}; submit a smaller folder`)
  }
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (bytes > snapshotLimits.bytes) {
    throw new SnapshotTooLarge(`${bytes} bytes are more than ${snapshotLimits.bytes}; submit a smaller folder`)
  }
  const big = entries.find((entry) => entry.size > snapshotLimits.fileBytes)
  if (big) throw new SnapshotTooLarge(`${big.path} has more than ${snapshotLimits.fileBytes} bytes; leave it out`)
}

const parentsOf = (path: string): string[] => {
  const parts = path.split('/')
  return parts.slice(1).map((_, count) => parts.slice(0, count + 1).join('/'))
}

/** The declared contents, each once. */
export const contentsOf = (entries: readonly ManifestEntry[]): Map<string, number> =>
  new Map(entries.filter((entry) => entry.linkTarget === '').map((entry) => [entry.sha256, entry.size]))
