import { rmdir } from 'node:fs/promises'
import path from 'node:path'

import type { DurableFs } from './durable-fs.ts'
import { journalPaths, writeRecord, type JournalFile, type JournalRecord } from './journal.ts'
import { readTreeFile } from './read-file.ts'

/** Where a file stands between its two versions; `foreign` is neither. */
type Stage = 'before' | 'after' | 'foreign'

/** How a journal came to its end. */
export interface CarriedOut {
  readonly outcome: 'finished' | 'undone'
  /** Files that somebody else changed meanwhile; they were left alone. */
  readonly foreign: readonly string[]
}

const stageOf = async (root: string, file: JournalFile): Promise<Stage> => {
  const state = await readTreeFile(root, file.path)
  if (state === 'other') return 'foreign'
  const now = state?.sha256 ?? null
  const isSame = (hash: string | null, executable: boolean): boolean =>
    now === hash && (state === undefined || state.executable === executable)
  if (isSame(file.after, file.executable)) return 'after'
  return isSame(file.before, file.beforeExecutable) ? 'before' : 'foreign'
}

const existsAlready = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error
}

/** Carries a journal out, in either direction. Each step looks at the disk first, so any step may be repeated. */
class CarryOut {
  private readonly root: string
  private readonly fs: DurableFs
  private readonly record: JournalRecord

  constructor(root: string, fs: DurableFs, record: JournalRecord) {
    this.root = root
    this.fs = fs
    this.record = record
  }

  /** Each file to its new version; undefined when a foreign change forbids it. */
  async forward(): Promise<CarriedOut | undefined> {
    const stages = await Promise.all(this.record.files.map((file) => stageOf(this.root, file)))
    if (stages.includes('foreign')) return undefined
    for (const folder of this.record.newFolders) await this.fs.mkdir(path.join(this.root, folder)).catch(existsAlready)
    // what is written comes before what goes away, so that no moment has fewer files than either version
    for (const goesAway of [false, true]) {
      for (const [n, file] of this.record.files.entries()) {
        if (stages[n] !== 'before' || (file.after === null) !== goesAway) continue
        if ((await stageOf(this.root, file)) !== 'before') return undefined
        const target = path.join(this.root, file.path)
        if (goesAway) await this.fs.unlink(target)
        else await this.fs.rename(journalPaths(this.root).fresh(n), target)
      }
    }
    for (const file of this.record.files) if (file.after === null) await this.pruneAbove(file.path)
    return { outcome: 'finished', foreign: [] }
  }

  /** Each file back to its old version, but for those that somebody else has changed. */
  async backward(): Promise<CarriedOut> {
    const foreign: string[] = []
    const { files, newFolders } = this.record
    for (const goesAway of [false, true]) {
      for (const [n, file] of files.entries()) {
        if ((file.before === null) !== goesAway) continue
        const stage = await stageOf(this.root, file)
        if (stage === 'foreign') foreign.push(file.path)
        if (stage !== 'after') continue
        const target = path.join(this.root, file.path)
        if (goesAway) await this.fs.unlink(target)
        else {
          await this.remakeParents(file.path)
          await this.fs.rename(journalPaths(this.root).old(n), target)
        }
      }
    }
    for (const folder of newFolders.toReversed()) await this.prune(folder)
    return { outcome: 'undone', foreign }
  }

  /** Folders that became empty are no part of a tree: git does not keep them either. */
  private async pruneAbove(name: string): Promise<void> {
    for (let folder = path.posix.dirname(name); folder !== '.'; folder = path.posix.dirname(folder)) {
      if (!(await this.prune(folder))) return
    }
  }

  /** Whether the folder is gone now, by us or by an earlier run. */
  private async prune(folder: string): Promise<boolean> {
    try {
      await this.fs.rmdir(path.join(this.root, folder))
      return true
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return true
      if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(code)) return false
      throw error
    }
  }

  private async remakeParents(name: string): Promise<void> {
    let folder = this.root
    for (const segment of name.split('/').slice(0, -1)) {
      folder = path.join(folder, segment)
      await this.fs.mkdir(folder).catch(existsAlready)
    }
  }
}

/** Finishes what a journal says, or undoes it when it must; leaves the journal itself in place. */
export const carryOut = async (root: string, fs: DurableFs, record: JournalRecord): Promise<CarriedOut> => {
  if (record.direction === 'finish') {
    const done = await new CarryOut(root, fs, record).forward()
    if (done) return done
  }
  return turnBack(root, fs, record)
}

/** Undoes what a journal began. The change of direction is on disk first: the new versions may be used up. */
export const turnBack = async (root: string, fs: DurableFs, record: JournalRecord): Promise<CarriedOut> => {
  const undo: JournalRecord = { ...record, direction: 'undo' }
  if (record.direction !== 'undo') await writeRecord(root, fs, undo)
  return new CarryOut(root, fs, undo).backward()
}

/** Removes our own folder when nothing is left in it, so that a finished job leaves no trace. */
export const removeEmptyState = async (root: string): Promise<void> => {
  await rmdir(journalPaths(root).state).catch(() => undefined)
}
