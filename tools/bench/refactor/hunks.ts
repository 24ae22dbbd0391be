import { patchBetween, type Edit, type Patch, type Tree } from '@iama/patch'
import { bareTokens } from '@iama/verdict'

/** What a tool made of a package, hunk by hunk as `git diff -U0` shows it. */
export interface Hunks {
  /** One edit for each hunk that says something new. */
  readonly patch: Patch
  /** Hunks that only change the layout. */
  readonly churn: number
}

/** One edit for each run of changed lines: `patchBetween` joins those that stand near each other. */
const apart = ({ edits }: Patch): Edit[] =>
  edits
    .flatMap((edit) => edit.operations.map((operation): Edit => ({ ...edit, operations: [operation] })))
    .map((edit, n) => ({ ...edit, id: `hunk-${n + 1}` }))

const isLayout = ({ operations }: Edit): boolean =>
  operations.every((each) => each.type === 'replace' && bareTokens(each.anchor) === bareTokens(each.text))

/** The hunks between two trees, and those that only move or respace code, which no gate is asked about. */
export const hunksOf = (before: Tree, after: Tree): Hunks => {
  const all = apart(patchBetween(before, after))
  const edits = all.filter((edit) => !isLayout(edit))
  return { patch: { version: 1, edits }, churn: all.length - edits.length }
}
