import { assertNever } from '@iama/kernel'

import type { Conflict, ConflictReason, NearestMatch } from './conflict.ts'
import type { AnchoredOperation, CreateFileOperation, Edit, Operation, Patch, Sha256, Tree, TreeFile } from './edit.ts'
import { sha256 } from './hash.ts'
import { locate } from './locate.ts'
import { nearestMatch } from './nearest-match.ts'
import { NewPaths } from './new-paths.ts'
import { asBuffer, decodeText } from './text-bytes.ts'

const MAX_NEAREST = 20

/** One change of bytes within a file; `start === end` inserts. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: Buffer
  /** What goes first where several insertions share one point: what hangs on the text before it, then the rest. */
  readonly rank: 0 | 1 | 2
  readonly by: Origin
}

/** Which operation of which edit. */
export interface Origin {
  readonly edit: Edit
  readonly operationIndex: number
}

/** All that a patch does to one file of the base tree. */
export interface FilePlan {
  readonly path: string
  readonly file: TreeFile
  readonly content: Buffer
  /** In the order of their position. */
  splices: Splice[]
  written?: { readonly text: string; readonly by: Origin }
  renamed?: { readonly to: string; readonly by: Origin }
  deleted?: Origin
  /** Whether a NUL is among its bytes; known once a splice has asked. */
  binary?: boolean
}

export interface CreatedFile {
  readonly path: string
  readonly text: string
  readonly executable: boolean
  readonly by: Origin
}

/** Every operation of a patch, resolved against the base tree. */
export interface Plan {
  readonly files: ReadonlyMap<string, FilePlan>
  readonly created: readonly CreatedFile[]
  readonly conflicts: readonly Conflict[]
}

const who = (origin: Origin): string => `operation ${origin.operationIndex} of edit ${origin.edit.id}`

/** Collects the operations file by file; every rule compares with the base tree alone or with another operation. */
class Planner {
  readonly files = new Map<string, FilePlan>()
  readonly created: CreatedFile[] = []
  readonly conflicts: Conflict[] = []
  private readonly hashes = new Map<string, Sha256>()
  private readonly tree: Tree
  private targets: NewPaths | undefined

  constructor(tree: Tree) {
    this.tree = tree
  }

  add(operation: Operation, by: Origin): void {
    if ('text' in operation && operation.text.includes('\0')) {
      return this.refuse(operation.path, by, 'binary', 'the new text contains a NUL, which would make the file binary')
    }
    if (operation.type === 'create_file') {
      const { path, text, executable = false } = operation
      if (this.claim(path, path, by)) this.created.push({ path, text, executable, by })
      return
    }
    const plan = this.planOf(operation, by)
    if (plan === undefined) return
    switch (operation.type) {
      case 'delete_file':
        if (plan.deleted) return this.overlap(plan.path, by, plan.deleted)
        plan.deleted = by
        return this.mustBeText(plan, by)
      case 'rename_file':
        if (plan.renamed) return this.overlap(plan.path, by, plan.renamed.by)
        if (this.claim(operation.to, plan.path, by)) plan.renamed = { to: operation.to, by }
        return
      case 'write_file':
        if (plan.written) return this.overlap(plan.path, by, plan.written.by)
        plan.written = { text: operation.text, by }
        return this.mustBeText(plan, by)
      case 'replace':
      case 'insert_before':
      case 'insert_after':
        return this.splice(plan, operation, by)
      default:
        return assertNever(operation)
    }
  }

  finish(): Plan {
    for (const plan of this.files.values()) {
      plan.splices.sort((a, b) => a.start - b.start || a.end - b.end || a.rank - b.rank)
      this.refuseOverlaps(plan)
    }
    return { files: this.files, created: this.created, conflicts: this.conflicts }
  }

  /** @param anchor of an operation that found its place neither by range nor by text */
  private refuse(path: string, by: Origin, reason: ConflictReason, detail: string, anchor?: string): void {
    const nearest = anchor === undefined ? undefined : this.nearest(path, anchor)
    const conflict = { path, editId: by.edit.id, operationIndex: by.operationIndex, reason, detail }
    this.conflicts.push(nearest === undefined ? conflict : { ...conflict, nearest })
  }

  /** Looking for what resembles an anchor reads the whole file, so only the first conflicts are worth it. */
  private nearest(path: string, anchor: string): NearestMatch | undefined {
    const file = this.tree.get(path)
    if (file === undefined || anchor === '' || this.conflicts.length >= MAX_NEAREST) return undefined
    return nearestMatch(asBuffer(file.content).toString(), anchor)
  }

  private overlap(path: string, by: Origin, other: Origin): void {
    this.refuse(path, by, 'overlap', `overlaps with ${who(other)}`)
  }

  private planOf(operation: Exclude<Operation, CreateFileOperation>, by: Origin): FilePlan | undefined {
    const { path, base } = operation
    const file = this.tree.get(path)
    if (file === undefined) {
      this.refuse(path, by, 'file_missing', 'there is no such file')
      return undefined
    }
    const actual = this.hashes.get(path) ?? sha256(file.content)
    this.hashes.set(path, actual)
    if (actual !== base) {
      const detail = `the file has changed since the patch was made (${base.slice(0, 12)} then, ${actual.slice(0, 12)} now)`
      this.refuse(path, by, 'base_changed', detail, 'anchor' in operation ? operation.anchor : undefined)
      return undefined
    }
    const plan = this.files.get(path) ?? { path, file, content: asBuffer(file.content), splices: [] }
    this.files.set(path, plan)
    return plan
  }

  /** Bytes that are not UTF-8 fit in no patch, so what would overwrite them could not be undone. */
  private mustBeText(plan: FilePlan, by: Origin): void {
    if (plan.content.includes(0) || decodeText(plan.content) === undefined) {
      this.refuse(plan.path, by, 'binary', 'the file is not UTF-8 text')
    }
  }

  private splice(plan: FilePlan, operation: AnchoredOperation, by: Origin): void {
    plan.binary ??= plan.content.includes(0)
    if (plan.binary) return this.refuse(plan.path, by, 'binary', 'the file is binary')
    const located = locate(plan.content, operation)
    if ('reason' in located) {
      const { reason, detail } = located
      return this.refuse(plan.path, by, reason, detail, reason === 'anchor_ambiguous' ? undefined : operation.anchor)
    }
    const { start, end } = located.range
    const text = Buffer.from(located.text)
    if (operation.type === 'replace') plan.splices.push({ start, end, text, rank: 1, by })
    else if (operation.type === 'insert_after') plan.splices.push({ start: end, end, text, rank: 0, by })
    else plan.splices.push({ start, end: start, text, rank: 2, by })
  }

  private claim(target: string, path: string, by: Origin): boolean {
    this.targets ??= new NewPaths(this.tree.keys())
    const taken = this.targets.claim(target, who(by))
    if (taken !== undefined) this.refuse(path, by, 'target_exists', taken)
    return taken === undefined
  }

  private refuseOverlaps(plan: FilePlan): void {
    const { deleted, written, renamed, splices } = plan
    if (deleted) {
      const others = [written?.by, renamed?.by, ...splices.map(({ by }) => by)]
      for (const other of others) if (other) this.overlap(plan.path, other, deleted)
      return
    }
    if (written) for (const { by } of splices) this.overlap(plan.path, by, written.by)
    let widest: Splice | undefined
    for (const splice of splices) {
      if (widest && splice.start < widest.end) this.overlap(plan.path, splice.by, widest.by)
      if (!widest || splice.end > widest.end) widest = splice
    }
  }
}

/** Resolves a patch against the base tree; changes nothing and collects every conflict instead of the first. */
export const planPatch = (tree: Tree, patch: Patch): Plan => {
  const planner = new Planner(tree)
  for (const edit of patch.edits) {
    edit.operations.forEach((operation, operationIndex) => planner.add(operation, { edit, operationIndex }))
  }
  return planner.finish()
}
