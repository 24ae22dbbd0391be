import type { Tree } from '@iama/patch'

export interface ContextRequest {
  readonly tree: Tree
  /** Globs, files or folders that the job may change; empty for all. What is outside may be shown, but comes later. */
  readonly scope: readonly string[]
  /** What the call is about: `src/a.ts`, `src/a.ts#name`, `src/a.ts:120`, or the name of a declaration. */
  readonly focus: readonly string[]
  /** Tokens of all parts together, including what naming and fencing each of them takes. */
  readonly capTokens: number
  /** Whose tokens are counted, see `countTokens`. */
  readonly model: string
  /** Whether the project's conventions are wanted; true when left out. */
  readonly conventions?: boolean
}

/** Which lines of a file a part shows, 1-based and inclusive. */
export interface LineRange {
  readonly from: number
  readonly to: number
  /** How many the file has. */
  readonly of: number
}

export interface ContextPart {
  readonly path: string
  readonly text: string
  /** Why the model should see it. */
  readonly reason: string
  readonly tokens: number
  /** Only when the text is not the whole file; it then says itself, line by line, what is left out. */
  readonly lines?: LineRange
}

export interface LeftOut {
  /** Of the file, or the words of the focus that nothing was found for. */
  readonly path: string
  readonly reason: string
}

export interface ChosenContext {
  /** The most relevant first. */
  readonly parts: readonly ContextPart[]
  readonly leftOut: readonly LeftOut[]
  /** Sum of the parts'. */
  readonly tokens: number
}
