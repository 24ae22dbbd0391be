import type { Recipe } from '../engine/recipe.ts'
import { arrowFunctions } from './arrow-functions.ts'
import { booleanReturns } from './boolean-returns.ts'
import { collapseIfs } from './collapse-ifs.ts'
import { deadCode } from './dead-code.ts'
import { elseAfterExit } from './else-after-exit.ts'
import { extractFunction } from './extract-function.ts'
import { exponent } from './exponent.ts'
import { forOf } from './for-of.ts'
import { guardClauses } from './guard-clauses.ts'
import { hasOwn } from './has-own.ts'
import { includes } from './includes.ts'
import { inlineVariable } from './inline-variable.ts'
import { letToConst } from './let-to-const.ts'
import { lintRecipes } from './lint-rules.ts'
import { logicalAssignment } from './logical-assignment.ts'
import { mergeBranches } from './merge-branches.ts'
import { negatedComparisons } from './negated-comparisons.ts'
import { nullishCoalescing } from './nullish-coalescing.ts'
import { objectShorthand } from './object-shorthand.ts'
import { objectSpread } from './object-spread.ts'
import { optionalCatchBinding } from './optional-catch-binding.ts'
import { spreadArguments } from './spread-arguments.ts'
import { templateLiterals } from './template-literals.ts'
import { unusedVariables } from './unused-variables.ts'
import { varToLetConst } from './var-to-let-const.ts'

/** Every recipe, in the order of precedence: where two want the same text, the earlier one gets it. */
export const allRecipes: readonly Recipe[] = [
  extractFunction,
  hasOwn,
  includes,
  exponent,
  spreadArguments,
  objectSpread,
  nullishCoalescing,
  logicalAssignment,
  forOf,
  templateLiterals,
  objectShorthand,
  optionalCatchBinding,
  arrowFunctions,
  varToLetConst,
  letToConst,
  deadCode,
  unusedVariables,
  inlineVariable,
  booleanReturns,
  mergeBranches,
  elseAfterExit,
  collapseIfs,
  guardClauses,
  negatedComparisons,
  ...lintRecipes,
]
