/** A row of a diff's hunk; `noNewline` where the file ends without one. */
export interface Row {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
  readonly noNewline: boolean
}

export interface Hunk {
  readonly line: number
  /** What the header says, where it says something; counts and numbers of models are often wrong. */
  readonly stated?: {
    readonly oldStart: number
    readonly oldCount: number
    readonly newStart: number
    readonly newCount: number
  }
  readonly rows: readonly Row[]
}

/** A change as the reply asks for it, before the tree is looked at. */
export type Wanted =
  | {
      readonly kind: 'anchored'
      readonly type: 'replace' | 'insert_before' | 'insert_after'
      readonly path: string
      readonly anchor: string
      readonly before?: string
      readonly after?: string
      readonly text: string
    }
  | {
      readonly kind: 'lines'
      readonly path: string
      readonly search: readonly string[]
      readonly replace: readonly string[]
    }
  | { readonly kind: 'hunks'; readonly path: string; readonly hunks: readonly Hunk[] }
  | { readonly kind: 'create'; readonly path: string; readonly text: string; readonly executable?: boolean }
  | { readonly kind: 'write'; readonly path: string; readonly text: string; readonly base?: string }
  | {
      readonly kind: 'file'
      readonly path: string
      readonly text: string
      readonly marker: string
      readonly named: string | undefined
    }
  /** With the lines that the reply believes to delete, if it says so. */
  | { readonly kind: 'delete'; readonly path: string; readonly lines?: readonly string[] }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }

/** Where in the reply a change stands. */
export interface Place {
  readonly line?: number
  readonly field?: string
  /** A base hash that the reply claims; only the right one is let through. */
  readonly claimed?: string
}

export type Change = Wanted & { readonly place: Place }

/** What becomes one edit: changes that share a reason. */
export interface Draft {
  readonly id?: string
  readonly title: string
  readonly reason: string
  readonly dependsOn?: readonly string[]
  readonly changes: Change[]
}
