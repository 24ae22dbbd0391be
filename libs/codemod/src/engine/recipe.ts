import type ts from 'typescript'

import type { Need } from '../floor/versions.ts'
import type { Refusal } from '../types.ts'
import type { FileContext } from './file-context.ts'

/** What a recipe is for. The goals `extract`, `dedupe`, `cycle` and `rename` pick recipes of their own out of these. */
export type Family = 'modernize' | 'simplify' | 'structure' | 'types' | 'safety' | 'rename'

/** New text for a range of a file, in UTF-16 offsets of its text; an empty range inserts. */
export interface Change {
  readonly start: number
  readonly end: number
  readonly text: string
  /** An insertion that may share its point with others of its kind, in any order. */
  readonly shared?: true
  /** Where an edit reaches into another file; the file that is looked at otherwise. */
  readonly path?: string
}

export interface FileChange extends Change {
  readonly path: string
}

/** A file that an edit makes, at a path that is free. */
export interface NewFile {
  readonly path: string
  readonly text: string
}

/** A piece of a file, in UTF-16 offsets of its text. */
export interface Span {
  readonly path: string
  readonly start: number
  readonly end: number
}

/** An edit before it has an id: what a recipe found and can prove, or leaves to recorded sessions. */
export interface Candidate {
  readonly recipe: string
  readonly path: string
  readonly line: number
  readonly title: string
  readonly reason: string
  readonly changes: readonly FileChange[]
  readonly creates?: readonly NewFile[]
  readonly assumptions: readonly string[]
  /** Of an edit that is not proven: what recorded sessions must see. */
  readonly places?: readonly Span[]
  readonly need: Need
}

/** What a recipe says about one place. */
export interface Found {
  readonly at: ts.Node
  readonly title: string
  /** Why the code means the same afterwards, in a sentence. */
  readonly reason: string
  readonly changes: readonly Change[]
  readonly creates?: readonly NewFile[]
  readonly assumptions?: readonly string[]
  /**
   * Of a recipe that rests on sessions: the statements, function bodies or expressions in which a difference would show
   * itself. The edit stays only if a recorded session would notice a fault in each of them.
   */
  readonly places?: readonly ts.Node[]
  /** Where one place needs more than the recipe does. */
  readonly need?: Need
}

/** Collects what a recipe finds in one file. */
export interface Findings {
  edit(found: Found): void
  refuse(at: ts.Node, reason: string): void
}

/**
 * One kind of change. The proof obligation stands in a comment in the recipe's file: an edit is reported only when
 * every part of it is shown to hold; what looked right and could not be shown is refused with the part that failed.
 * A recipe that rests on sessions says what it cannot show; it runs only where that was asked for.
 */
export interface Recipe {
  readonly id: string
  readonly title: string
  readonly family: Family
  readonly need: Need
  /** What its edits rest on; a proof when absent. */
  readonly rests?: 'sessions'
  find(file: FileContext, findings: Findings): void
}

export interface FoundInFile {
  readonly candidates: readonly Candidate[]
  readonly refused: readonly Refusal[]
}

/** The assumption under which names such as `Object.keys` mean what the language says. */
export const INTRINSICS = 'intrinsics intact'
/** Reading or writing a property runs no code that somebody hid there. */
export const NO_PROXIES = 'no proxies'
/** Nobody reads a function's source text to decide what to do. */
export const NO_SOURCE_TEXT = 'source text of functions is not inspected'

/** Runs a recipe over a file. */
export const runRecipe = (recipe: Recipe, file: FileContext): FoundInFile => {
  const candidates: Candidate[] = []
  const refused: Refusal[] = []
  const { path, source } = file.unit
  const lineOf = (node: ts.Node): number => source.lineOf(node.getStart(file.unit.file))
  recipe.find(file, {
    edit: ({ at, title, reason, changes, creates, assumptions = [], places, need = recipe.need }) =>
      candidates.push({
        recipe: recipe.id,
        path,
        line: lineOf(at),
        title,
        reason,
        changes: changes.map((change) => ({ ...change, path: change.path ?? path })),
        ...(creates ? { creates } : {}),
        assumptions,
        ...(places
          ? { places: places.map((node) => ({ path, start: node.getStart(file.unit.file), end: node.end })) }
          : {}),
        need,
      }),
    refuse: (at, reason) => refused.push({ recipe: recipe.id, path, line: lineOf(at), reason }),
  })
  return { candidates, refused }
}
