import { constants } from 'node:fs'
import { access, lstat, realpath, stat } from 'node:fs/promises'
import path from 'node:path'

import { DomainError } from '@iama/kernel'
import { pathProblem, sha256, type Sha256 } from '@iama/patch'

import { carryOut, removeEmptyState, turnBack, type CarriedOut } from './carry-out.ts'
import { nodeDurableFs, type DurableFs } from './durable-fs.ts'
import { discardJournal, journalPaths, readRecord, writeRecord, type JournalRecord } from './journal.ts'
import { withLock } from './process-lock.ts'
import { hasPlainParents, readTreeFile, type FileState } from './read-file.ts'

/** One file to write or to remove. */
export interface BundleFile {
  /** POSIX, relative to the root. */
  readonly path: string
  /** Hash of the present content; null when there must be no such file. */
  readonly before: Sha256 | null
  /** Hash of the new content; null when the file goes away. */
  readonly after: Sha256 | null
  /** The new content; ignored when the file goes away. */
  readonly content: Uint8Array
  readonly executable: boolean
}

/** A verified change of a tree as whole files. */
export interface Bundle {
  readonly jobId: string
  readonly files: readonly BundleFile[]
}

/** Files are not as they were when the patch was made; nothing was written. */
export class TreeChanged extends DomainError {
  readonly code = 'TREE_CHANGED'
  override readonly kind = 'conflict'
  readonly paths: readonly string[]

  constructor(paths: readonly string[], message?: string) {
    super(message ?? `changed since the patch was made: ${paths.join(', ')}; nothing was written`, {
      files: String(paths.length),
    })
    this.paths = paths
  }
}

/** The bundle contradicts itself or names places that it must not; nothing was written. */
export class InvalidBundle extends DomainError {
  readonly code = 'INVALID_BUNDLE'
  override readonly kind = 'invalid'
}

/** A folder of the tree may not be written to; nothing was written. */
export class TreeNotWritable extends DomainError {
  readonly code = 'TREE_NOT_WRITABLE'
}

/** What became of an interrupted job. */
export interface Recovery {
  readonly outcome: 'nothing' | 'finished' | 'undone'
  readonly jobId?: string
  /** Files that somebody else had changed meanwhile; they were left as they are. */
  readonly foreign: readonly string[]
}

const checkBundle = (bundle: Bundle): void => {
  const seen = new Set<string>()
  for (const file of bundle.files) {
    const problem = pathProblem(file.path)
    if (problem !== undefined) throw new InvalidBundle(`the path ${JSON.stringify(file.path)} ${problem}`)
    if (seen.has(file.path)) throw new InvalidBundle(`${file.path} occurs twice`)
    seen.add(file.path)
    if (file.before === null && file.after === null) throw new InvalidBundle(`${file.path} is neither before nor after`)
    if (file.after !== null && sha256(file.content) !== file.after) {
      throw new InvalidBundle(`the content of ${file.path} does not have its hash; fetch the bundle again`)
    }
  }
}

interface Present {
  readonly file: BundleFile
  readonly state: FileState | undefined
}

/** The present state of every file, or a refusal that names all that are not as expected. */
const readPresent = async (root: string, bundle: Bundle): Promise<Present[]> => {
  const outside: string[] = []
  const changed: string[] = []
  const present: Present[] = []
  for (const file of bundle.files) {
    if (!(await hasPlainParents(root, file.path))) {
      outside.push(file.path)
      continue
    }
    const state = await readTreeFile(root, file.path)
    if (state === 'other' || (state?.sha256 ?? null) !== file.before) changed.push(file.path)
    else present.push({ file, state })
  }
  if (outside.length > 0) {
    throw new TreeChanged(outside, `reached through a symbolic link, so not written: ${outside.join(', ')}`)
  }
  if (changed.length > 0) throw new TreeChanged(changed)
  return present
}

/** Folders that are missing, outermost first; the existing ones must be ours to write and on one file system. */
const missingFolders = async (root: string, files: readonly BundleFile[]): Promise<string[]> => {
  const missing = new Set<string>()
  const { dev } = await stat(root)
  for (const { path: name } of files) {
    const segments = name.split('/').slice(0, -1)
    let nearest = root
    for (let n = 1; n <= segments.length; n++) {
      const folder = segments.slice(0, n).join('/')
      const found = await lstat(path.join(root, folder)).catch(() => undefined)
      if (found === undefined) missing.add(folder)
      else nearest = path.join(root, folder)
    }
    if ((await stat(nearest)).dev !== dev) {
      throw new InvalidBundle(`${name} lies on another file system than its tree, where no write can be atomic`)
    }
    await access(nearest, constants.W_OK).catch(() => {
      throw new TreeNotWritable(`${nearest} cannot be written to; nothing was written`)
    })
  }
  return [...missing].sort((a, b) => a.split('/').length - b.split('/').length)
}

const stageContents = async (root: string, fs: DurableFs, present: readonly Present[]): Promise<void> => {
  const { folder, fresh, old } = journalPaths(root)
  await fs.mkdir(folder)
  for (const [n, { file, state }] of present.entries()) {
    if (state) await fs.write(old(n), state.content, { mode: state.mode & 0o777 })
    if (file.after === null) continue
    // the file keeps its permissions; only the executable bits follow the patch, wherever reading is allowed
    const readBits = (state?.mode ?? 0) & 0o444
    const mode = file.executable ? (state?.mode ?? 0) | (readBits >> 2) : (state?.mode ?? 0) & ~0o111
    await fs.write(fresh(n), file.content, state ? { mode: mode & 0o777 } : { executable: file.executable })
  }
}

const begin = async (root: string, fs: DurableFs, bundle: Bundle): Promise<JournalRecord> => {
  const present = await readPresent(root, bundle)
  const newFolders = await missingFolders(root, bundle.files)
  await stageContents(root, fs, present)
  const files = present.map(({ file, state }) => ({
    path: file.path,
    before: file.before,
    after: file.after,
    beforeExecutable: state?.executable ?? false,
    executable: file.after !== null && file.executable,
  }))
  const record: JournalRecord = { version: 1, jobId: bundle.jobId, direction: 'finish', files, newFolders }
  await writeRecord(root, fs, record)
  return record
}

/** A repository could bring our folders along as links: through them, files of somebody else would be removed. */
const refuseLinkedState = async (root: string): Promise<void> => {
  const { state, folder, lock } = journalPaths(root)
  for (const place of [state, folder, lock]) {
    const found = await lstat(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error // what cannot be looked at is not taken for harmless
    })
    if (found && !found.isDirectory()) throw new InvalidBundle(`${place} must be a folder; remove it`)
  }
}

const recoverLocked = async (root: string, fs: DurableFs): Promise<Recovery> => {
  const record = await readRecord(root)
  if (record === undefined) {
    await discardJournal(root, fs)
    return { outcome: 'nothing', foreign: [] }
  }
  const { outcome, foreign } = await carryOut(root, fs, record)
  await discardJournal(root, fs)
  return { outcome, foreign, jobId: record.jobId }
}

/**
 * Finishes or undoes a job that was interrupted while it wrote to the tree; does nothing where none was.
 * It is finished unless somebody changed one of its files meanwhile; then the others go back to how they were.
 * @throws LockHeld, JournalDamaged
 */
export const recover = async (dir: string, fs: DurableFs = nodeDurableFs): Promise<Recovery> => {
  const root = await realpath(dir)
  const hasState = await lstat(journalPaths(root).state).catch(() => undefined)
  if (hasState === undefined) return { outcome: 'nothing', foreign: [] }
  await refuseLinkedState(root)
  try {
    return await withLock(journalPaths(root).lock, () => recoverLocked(root, fs))
  } finally {
    await removeEmptyState(root)
  }
}

/**
 * Writes a bundle to a tree, whole or not at all. When the process is killed at any moment, the next call of this or
 * of `recover` finishes or undoes the job. An earlier job that was interrupted is brought to its end first.
 * @throws TreeChanged naming the files that are not as they were; InvalidBundle; LockHeld when another job is at work
 */
export const applyWithJournal = async (
  dir: string,
  bundle: Bundle,
  fs: DurableFs = nodeDurableFs,
): Promise<{ readonly recovered: Recovery }> => {
  checkBundle(bundle)
  const root = await realpath(dir)
  await refuseLinkedState(root)
  try {
    return await withLock(journalPaths(root).lock, async () => {
      const recovered = await recoverLocked(root, fs)
      await applyLocked(root, fs, bundle)
      return { recovered }
    })
  } finally {
    await removeEmptyState(root)
  }
}

/** Takes back whatever a failed job has begun; when even that fails, the journal stays for the next recovery. */
const giveUp = async (root: string, fs: DurableFs): Promise<void> => {
  const begun = await readRecord(root)
  if (begun !== undefined) await turnBack(root, fs, begun)
  await discardJournal(root, fs)
}

const applyLocked = async (root: string, fs: DurableFs, bundle: Bundle): Promise<void> => {
  let done: CarriedOut
  try {
    done = await carryOut(root, fs, await begin(root, fs, bundle))
  } catch (error) {
    await giveUp(root, fs)
    throw error
  }
  await discardJournal(root, fs)
  if (done.outcome === 'undone') throw new TreeChanged(done.foreign)
}
