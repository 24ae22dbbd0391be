import type { Family } from '../engine/recipe.ts'
import type { Need } from '../floor/versions.ts'
import { allRecipes } from './all.ts'
import { MODULES_NEED } from './es-modules.ts'

/** A recipe as users see it. */
export interface RecipeInfo {
  readonly id: string
  readonly title: string
  readonly family: Family
  readonly need: Need
  readonly rests?: 'sessions'
}

/** Every recipe that a request can name, in the order of precedence. */
export const recipeCatalogue = (): RecipeInfo[] => [
  ...allRecipes.map(({ id, title, family, need, rests }) => ({ id, title, family, need, ...(rests ? { rests } : {}) })),
  { id: 'parameter-object', title: 'One object for the parameters', family: 'structure', need: { ecmaVersion: 2015 } },
  { id: 'es-modules', title: 'ES modules instead of CommonJS', family: 'modernize', need: MODULES_NEED },
  { id: 'rename-symbol', title: 'Rename a variable', family: 'rename', need: { ecmaVersion: 5 } },
]
