import type { Recipe } from '../engine/recipe.ts'
import { arrowFunctions } from './arrow-functions.ts'
import { exponent } from './exponent.ts'
import { hasOwn } from './has-own.ts'
import { includes } from './includes.ts'
import { objectShorthand } from './object-shorthand.ts'
import { optionalCatchBinding } from './optional-catch-binding.ts'
import { spreadArguments } from './spread-arguments.ts'
import { templateLiterals } from './template-literals.ts'
import { varToLetConst } from './var-to-let-const.ts'

/** Every recipe, in the order of precedence: where two want the same text, the earlier one gets it. */
export const allRecipes: readonly Recipe[] = [
  hasOwn,
  includes,
  exponent,
  spreadArguments,
  templateLiterals,
  objectShorthand,
  optionalCatchBinding,
  arrowFunctions,
  varToLetConst,
]
