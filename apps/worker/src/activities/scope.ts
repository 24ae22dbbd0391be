import type { ReadJobResponse } from '@iama/contracts/iama/jobs/v1/lifecycle'
import { parsePatch, touchedPaths } from '@iama/patch'
import type { Clients } from '../clients.ts'
import type { Task } from '../workflows/story.ts'
import { getArtifact } from './artifacts.ts'
import { selectedProposal } from './job.ts'

/** What a job is about, and what its patch may change. */
export interface Scope {
  /** Files of the snapshot whose behaviour is recorded. */
  readonly files: readonly string[]
  /** Paths that the patch may touch. */
  readonly approved: readonly string[]
  readonly raisesFloor: boolean
  /** Modules that come to the snapshot. */
  readonly newModules: readonly string[]
  /** Whether the package becomes ES modules. */
  readonly toEsModules: boolean
}

/** The strategy says it; a check has none: it is about what its patch touches, and nothing is granted to it. */
export const scopeOf = async (clients: Clients, task: Task, read: ReadJobResponse): Promise<Scope> => {
  const check = read.job?.check
  if (!check) {
    const { files, newFiles, floorBefore, floorAfter, toEsModules } = selectedProposal(read)
    return {
      files: files.filter((path) => !newFiles.includes(path)),
      approved: files,
      raisesFloor: floorBefore !== floorAfter,
      newModules: newFiles,
      toEsModules,
    }
  }
  const patch = parsePatch((await getArtifact(clients, task.tenantId, check.patchArtifact)).toString())
  const { base, all } = touchedPaths(patch)
  return { files: base, approved: all, raisesFloor: false, newModules: [], toEsModules: false }
}
