import { DomainError } from '@iama/kernel'

import type { Edit, Operation, Patch, Sha256, Tree, TreeFile } from '../edit.ts'
import { sha256 } from '../hash.ts'
import { asBuffer, decodeText } from '../text-bytes.ts'
import { grouped } from './hunks.ts'
import { lineChanges, type LineChange } from './line-changes.ts'
import { pairFiles, type FileChange } from './pair-files.ts'

const MOST_NAMED = 10

/** Some files differ in a way that no edit operation can say, such as their bytes when they are not text. */
export class NotExpressible extends DomainError {
  readonly code = 'PATCH_NOT_EXPRESSIBLE'
  override readonly kind = 'invalid'

  /** @param problems one line each: the path, and why */
  constructor(problems: readonly string[]) {
    const rest = problems.length > MOST_NAMED ? [`and ${problems.length - MOST_NAMED} more`] : []
    super(['these changes cannot be part of a patch:', ...problems.slice(0, MOST_NAMED), ...rest].join('\n'))
  }
}

/**
 * The difference between two trees as a patch, so that its parts can be judged: one edit for each hunk of a changed
 * file, and one for each file that was created, deleted, or renamed with whatever changed in it. Files that are the same
 * on both sides may be left out of both. Equal trees give a patch without edits.
 * @throws NotExpressible naming files that are not UTF-8 text, and files of which the executable bit changed
 */
export const patchBetween = (before: Tree, after: Tree): Patch => {
  const problems: string[] = []
  const drafts = pairFiles(before, after).flatMap((change) => {
    const problem = problemOf(change)
    if (problem !== undefined) problems.push(`${(change.to ?? change.from)!.path}: ${problem}`)
    return problem === undefined ? draftsOf(change) : []
  })
  if (problems.length > 0) throw new NotExpressible(problems)
  return { version: 1, edits: drafts.map((draft, n) => ({ ...common, ...draft, id: `change-${n + 1}` })) }
}

/** Paths of a patch: what it touches of the base tree, and everything that is or was there. */
export const touchedPaths = ({ edits }: Patch): { readonly base: string[]; readonly all: string[] } => {
  const operations = edits.flatMap((edit) => edit.operations)
  const base = operations.flatMap((operation) => (operation.type === 'create_file' ? [] : [operation.path]))
  const targets = operations.flatMap((operation) => (operation.type === 'rename_file' ? [operation.to] : []))
  const all = [...operations.map(({ path }) => path), ...targets]
  return { base: [...new Set(base)].sort(), all: [...new Set(all)].sort() }
}

type Draft = Pick<Edit, 'title' | 'operations'>

const common: Omit<Edit, 'id' | keyof Draft> = {
  recipe: 'given',
  reason: 'it is part of the given change',
  dependsOn: [],
  evidence: { kind: 'unproven' },
}

/** As operations see it: a NUL anywhere makes a file binary. */
const isText = ({ content }: TreeFile): boolean => !asBuffer(content).includes(0) && decodeText(content) !== undefined

const problemOf = ({ from, to }: FileChange): string | undefined => {
  if (from && to && from.file.executable !== to.file.executable) return 'its executable bit changed'
  const isMoved = from && to && asBuffer(from.file.content).equals(asBuffer(to.file.content))
  if (isMoved || [from, to].every((side) => side === undefined || isText(side.file))) return undefined
  return 'it is not UTF-8 text'
}

const draftsOf = ({ from, to }: FileChange): Draft[] => {
  if (!from) {
    const { path, file } = to!
    const operation: Operation = { type: 'create_file', path, text: asBuffer(file.content).toString() }
    return [{ title: `create ${path}`, operations: [file.executable ? { ...operation, executable: true } : operation] }]
  }
  const { path, file } = from
  const base = sha256(file.content)
  if (!to) return [{ title: `delete ${path}`, operations: [{ type: 'delete_file', path, base }] }]
  const hunks = hunksOf({ path, base, old: asBuffer(file.content), now: asBuffer(to.file.content) })
  if (to.path === path) return hunks
  const renaming: Operation = { type: 'rename_file', path, base, to: to.path }
  // a moved file and what was adapted in it, such as its imports, make no sense apart
  const operations = [renaming, ...hunks.flatMap((hunk) => hunk.operations)]
  return [{ title: `rename ${path} to ${to.path}`, operations }]
}

interface Texts {
  readonly path: string
  readonly base: Sha256
  readonly old: Buffer
  readonly now: Buffer
}

const hunksOf = ({ path, base, old, now }: Texts): Draft[] => {
  const operation = ({ start, end, newStart, newEnd }: LineChange): Operation => ({
    type: 'replace',
    path,
    base,
    range: { start, end },
    anchor: old.toString('utf8', start, end),
    text: now.toString('utf8', newStart, newEnd),
  })
  return grouped(lineChanges(old, now)).map((changes) => {
    const [first, last] = [changes[0]!.from + 1, Math.max(changes.at(-1)!.to, changes[0]!.from + 1)]
    const lines = first === last ? `line ${first}` : `lines ${first} to ${last}`
    return { title: `${path}, ${lines}`, operations: changes.map(operation) }
  })
}
