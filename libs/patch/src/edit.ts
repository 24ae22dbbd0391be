/** Hex SHA-256 of a file's bytes. */
export type Sha256 = string & { readonly __brand: 'Sha256' }

/** A regular file of a snapshot. Symlinks and binary files are carried by snapshots but never edited. */
export interface TreeFile {
  readonly content: Uint8Array
  readonly executable: boolean
}

/** Path (POSIX, relative, kept exactly as found) to file. */
export type Tree = ReadonlyMap<string, TreeFile>

/** Half-open range of bytes of the base file. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Where a piece of the base file is: its exact text, and what stands next to it when the text alone is not unique. */
interface Anchored {
  readonly path: string
  /** Hash of the untouched file. */
  readonly base: Sha256
  /** When present, these bytes of the base file are exactly `anchor`. */
  readonly range?: ByteRange
  readonly anchor: string
  /** Text that directly precedes the anchor. */
  readonly before?: string
  /** Text that directly follows the anchor. */
  readonly after?: string
  /** The new text: instead of the anchor (replace) or beside it (insert). */
  readonly text: string
}

export type ReplaceOperation = Anchored & { readonly type: 'replace' }
export type InsertOperation = Anchored & { readonly type: 'insert_before' | 'insert_after' }
export type AnchoredOperation = ReplaceOperation | InsertOperation
export interface CreateFileOperation {
  readonly type: 'create_file'
  readonly path: string
  readonly text: string
  readonly executable?: boolean
}
export interface DeleteFileOperation {
  readonly type: 'delete_file'
  readonly path: string
  readonly base: Sha256
}
export interface RenameFileOperation {
  readonly type: 'rename_file'
  readonly path: string
  readonly base: Sha256
  readonly to: string
}
export interface WriteFileOperation {
  readonly type: 'write_file'
  readonly path: string
  readonly base: Sha256
  readonly text: string
}

/** Every operation refers to the base tree, never to the result of another operation. */
export type Operation =
  AnchoredOperation | CreateFileOperation | DeleteFileOperation | RenameFileOperation | WriteFileOperation

/** A piece of code of the base tree: a statement, a block or an expression. */
export interface Place {
  readonly path: string
  /** In bytes. */
  readonly start: number
  readonly end: number
}

/**
 * Why an edit is believed to keep behaviour: it is proven, or recorded sessions see each place where behaviour could
 * change and see no difference, or nothing but the gates speaks for it.
 */
export type Evidence =
  | { readonly kind: 'proven'; readonly assumptions: readonly string[] }
  | { readonly kind: 'verified'; readonly places: readonly Place[] }
  | { readonly kind: 'unproven' }

/** An atomic group of operations: applied together or not at all. */
export interface Edit {
  readonly id: string
  readonly recipe: string
  readonly title: string
  readonly reason: string
  readonly operations: readonly Operation[]
  /** Ids of edits without which this one makes no sense. */
  readonly dependsOn: readonly string[]
  readonly evidence: Evidence
}

export interface Patch {
  readonly version: 1
  readonly edits: readonly Edit[]
}
