import type { Recipe } from '../engine/recipe.ts'
import { varToLetConst } from './var-to-let-const.ts'

/** Every recipe, in the order of precedence: where two want the same text, the earlier one gets it. */
export const allRecipes: readonly Recipe[] = [varToLetConst]
