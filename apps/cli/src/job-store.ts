import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'

import { isSha256 } from '@iama/patch'
import { z } from 'zod'

import { usageError } from './errors.ts'
import { readIfThere, writePrivateFile } from './private-file.ts'

const submitted = z.strictObject({
  path: z.string(),
  sha256: z.string().refine(isSha256),
  executable: z.boolean(),
})
const shape = z.strictObject({
  version: z.literal(1),
  jobId: z.string(),
  server: z.string(),
  /** The submitted folder, absolute. */
  dir: z.string(),
  /** Its regular files as they were submitted. */
  files: z.array(submitted),
})

export type SubmittedFile = z.infer<typeof submitted>
/** What the client must know about a job that it has started. */
export type KnownJob = z.infer<typeof shape>

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })

/** Undefined for what is no JSON. */
const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The client's memory of its jobs, by tree; it lies outside every tree. */
export class JobStore {
  private readonly root: string

  constructor(stateDir: string) {
    this.root = path.join(stateDir, 'trees')
  }

  async save(job: KnownJob): Promise<void> {
    await writePrivateFile(path.join(this.folderOf(job.dir), `${job.jobId}.json`), JSON.stringify(job))
  }

  /** A job that was started from this machine; undefined for any other. */
  async find(jobId: string): Promise<KnownJob | undefined> {
    for (const tree of await namesIn(this.root)) {
      const file = path.join(this.root, tree, `${jobId}.json`)
      const text = await readIfThere(file)
      if (text === undefined) continue
      const parsed = shape.safeParse(jsonOf(text))
      if (!parsed.success) throw usageError(`${file} is damaged`, 'Remove it and give the folder with --dir.')
      return parsed.data
    }
    return undefined
  }

  /** Keeps a job's patch beside its record, and says where. */
  async savePatch(job: KnownJob, diff: string): Promise<string> {
    const file = path.join(this.folderOf(job.dir), `${job.jobId}.patch`)
    await writePrivateFile(file, diff)
    return file
  }

  /** Keeps the signed verdict of a check of a folder, and says where. */
  async saveVerdict(dir: string, jobId: string, verdict: string): Promise<string> {
    const file = path.join(this.folderOf(dir), `${jobId}.verdict.json`)
    await writePrivateFile(file, `${verdict}\n`)
    return file
  }

  private folderOf(dir: string): string {
    return path.join(this.root, createHash('sha256').update(dir).digest('hex').slice(0, 32))
  }
}
