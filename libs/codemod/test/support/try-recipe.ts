import { contextOf } from '../../src/engine/candidates.ts'
import { withoutOverlaps } from '../../src/engine/overlap.ts'
import { runRecipe, type Recipe } from '../../src/engine/recipe.ts'
import { changed } from '../../src/engine/to-patch.ts'
import { openProject } from '../../src/project.ts'
import { treeOf } from './project.ts'

export interface Tried {
  readonly text: string
  readonly edits: number
  readonly reasons: readonly string[]
  readonly assumptions: readonly string[]
  /** The texts in which recorded sessions must notice a fault. */
  readonly places: readonly string[]
}

/** Runs one recipe over one file and applies what it finds. The code is a CommonJS module unless told otherwise. */
export const tryRecipe = (
  recipe: Recipe,
  code: string,
  { path = 'index.js', files = {} }: { path?: string; files?: Readonly<Record<string, string>> } = {},
): Tried => {
  const project = openProject(treeOf({ ...files, [path]: code }))
  const { candidates, refused } = runRecipe(recipe, contextOf(project, path))
  const { accepted } = withoutOverlaps(candidates)
  return {
    text: changed(
      code,
      accepted.flatMap(({ candidate }) => candidate.changes),
    ),
    edits: accepted.length,
    reasons: refused.map(({ reason }) => reason),
    assumptions: [...new Set(candidates.flatMap(({ assumptions }) => assumptions))],
    places: accepted.flatMap(({ candidate }) => candidate.places ?? []).map(({ start, end }) => code.slice(start, end)),
  }
}

/** A body inside of an exported function, where most code lives. */
export const inFunction = (body: string, parameters = 'p, q'): string =>
  `module.exports = function (${parameters}) {\n${body}\n};\n`
