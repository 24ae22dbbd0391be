import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

import { DomainError } from '@iama/kernel'
import { isSha256, pathProblem } from '@iama/patch'
import { z } from 'zod'

import type { DurableFs } from './durable-fs.ts'

const RECORD = 'journal.json'
const NEXT_RECORD = 'journal.json.next'

/** The journal of an interrupted job cannot be read; nothing was changed. */
export class JournalDamaged extends DomainError {
  readonly code = 'JOURNAL_DAMAGED'
}

const hash = z.string().refine(isSha256)
const recordedFile = z.strictObject({
  path: z.string().refine((value) => pathProblem(value) === undefined),
  before: hash.nullable(),
  after: hash.nullable(),
  beforeExecutable: z.boolean(),
  executable: z.boolean(),
})
const record = z.strictObject({
  version: z.literal(1),
  jobId: z.string(),
  /** `finish` until a file turns out to have been changed by somebody else, then `undo` to the end. */
  direction: z.enum(['finish', 'undo']),
  files: z.array(recordedFile),
  /** Folders that do not exist yet, outermost first. */
  newFolders: z.array(z.string().refine((value) => pathProblem(value) === undefined)),
})

export type JournalFile = z.infer<typeof recordedFile>
/** What is being done to a tree: once it is on disk, the job is finished or undone, whatever happens. */
export type JournalRecord = z.infer<typeof record>

/** The places of a tree's journal. `new-<n>` and `old-<n>` hold the contents of the record's n-th file. */
export const journalPaths = (root: string) => {
  const state = path.join(root, '.iama')
  const folder = path.join(state, 'journal')
  return {
    state,
    folder,
    lock: path.join(state, 'lock'),
    record: path.join(folder, RECORD),
    fresh: (n: number): string => path.join(folder, `new-${n}`),
    old: (n: number): string => path.join(folder, `old-${n}`),
  }
}

/** Puts a record on disk at once or not at all. */
export const writeRecord = async (root: string, fs: DurableFs, value: JournalRecord): Promise<void> => {
  const { folder, record: target } = journalPaths(root)
  const next = path.join(folder, NEXT_RECORD)
  if ((await readdir(folder)).includes(NEXT_RECORD)) await fs.unlink(next)
  await fs.write(next, Buffer.from(JSON.stringify(value)), { mode: 0o600 })
  await fs.rename(next, target)
}

/** The record of an interrupted job; undefined when there is none, which means that nothing was begun. */
export const readRecord = async (root: string): Promise<JournalRecord | undefined> => {
  const file = journalPaths(root).record
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return record.parse(JSON.parse(text))
  } catch {
    throw new JournalDamaged(
      `${file} cannot be read; compare new-* and old-* beside it with your files, then remove it`,
    )
  }
}

/** Removes the journal; the record goes first, so that what is left over is known to be rubbish. */
export const discardJournal = async (root: string, fs: DurableFs): Promise<void> => {
  const { folder } = journalPaths(root)
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (names === undefined) return
  const ordered = names.sort((a, b) => Number(b === RECORD) - Number(a === RECORD))
  for (const name of ordered) await fs.unlink(path.join(folder, name))
  await fs.rmdir(folder)
}
