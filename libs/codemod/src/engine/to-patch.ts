import type { CreateFileOperation, Edit, Evidence, Patch, Place, ReplaceOperation } from '@iama/patch'
import { sha256 } from '@iama/patch'

import type { Project } from '../project.ts'
import { decodeSource, type SourceText } from '../text.ts'
import type { Accepted } from './overlap.ts'
import type { Candidate, FileChange, NewFile, Span } from './recipe.ts'

/** The text of any file of the tree, for changes of package.json and the like. */
export const sourceOf = (project: Project, path: string): SourceText => {
  const unit = project.units.find((each) => each.path === path)
  return unit?.source ?? decodeSource(project.tree.get(path)!.content)!
}

const toOperation = (project: Project, change: FileChange): ReplaceOperation => {
  const source = sourceOf(project, change.path)
  return {
    type: 'replace',
    path: change.path,
    base: sha256(project.tree.get(change.path)!.content),
    range: { start: source.byteOffset(change.start), end: source.byteOffset(change.end) },
    anchor: source.text.slice(change.start, change.end),
    text: change.text.replace(/\r?\n/g, source.newline),
  }
}

/** A new file ends its lines as the one that the edit was found in. */
const toNewFile = (project: Project, { path, text }: NewFile, beside: string): CreateFileOperation => ({
  type: 'create_file',
  path,
  text: text.replace(/\r?\n/g, sourceOf(project, beside).newline),
})

const evidenceOf = (project: Project, { assumptions, places }: Candidate): Evidence => {
  if (!places) return { kind: 'proven', assumptions: [...new Set(assumptions)].sort() }
  const inBytes = ({ path, start, end }: Span): Place => {
    const source = sourceOf(project, path)
    return { path, start: source.byteOffset(start), end: source.byteOffset(end) }
  }
  return { kind: 'verified', places: places.map(inBytes) }
}

const byPlace = (one: FileChange, other: FileChange): number =>
  one.path === other.path ? one.start - other.start || one.end - other.end : one.path < other.path ? -1 : 1

/** Changes as operations on bytes, in the order of their place, then the files that are made. */
export const toPatch = (
  project: Project,
  accepted: readonly Accepted[],
  dependencies: (each: Accepted) => readonly string[],
): Patch => ({
  version: 1,
  edits: accepted.map((each): Edit => {
    const { id, candidate } = each
    return {
      id,
      recipe: candidate.recipe,
      title: candidate.title,
      reason: candidate.reason,
      operations: [
        ...[...candidate.changes].sort(byPlace).map((change) => toOperation(project, change)),
        ...(candidate.creates ?? []).map((file) => toNewFile(project, file, candidate.path)),
      ],
      dependsOn: dependencies(each),
      evidence: evidenceOf(project, candidate),
    }
  }),
})

/** A text with changes that do not overlap applied to it. */
export const changed = (text: string, changes: readonly FileChange[]): string => {
  let result = ''
  let at = 0
  for (const { start, end, text: inserted } of [...changes].sort((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, start) + inserted
    at = end
  }
  return result + text.slice(at)
}
