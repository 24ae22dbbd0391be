import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import type { Need } from '../floor/versions.ts'
import type { Binding } from '../syntax/scopes.ts'
import type { Group } from './split-groups.ts'
import type { Part } from './split-parts.ts'

/** What becomes of two files when a group leaves. */
export interface Plan {
  /** The new file. */
  readonly text: string
  /** Changes of the old one, besides what leaves it. */
  readonly changes: readonly Change[]
  readonly assumptions: readonly string[]
  readonly need: Need
}

/** How the files of one kind of module take from each other; a text says why something cannot be done. */
export interface Ways {
  /** Why a file is left whole. */
  problemOf(file: FileContext): string | undefined
  /** Its declarations; those that have to stay say why. */
  partsOf(file: FileContext, code: ReadonlySet<number>): Part[]
  /** Tells the names that the file makes itself from those that another file can ask for in the same way. */
  ownNames(file: FileContext): (binding: Binding) => boolean
  specifierOf(path: string, file: FileContext): string | undefined
  planned(group: Group, specifier: string, file: FileContext): Plan | string
}
