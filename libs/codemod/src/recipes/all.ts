import type { Recipe } from '../engine/recipe.ts'
import { arrowBodies } from './arrow-bodies.ts'
import { arrowFunctions } from './arrow-functions.ts'
import { assignedProperties } from './assigned-properties.ts'
import { asyncFunctions } from './async-functions.ts'
import { awaitedPromises } from './awaited-promises.ts'
import { booleanComparisons } from './boolean-comparisons.ts'
import { booleanReturns } from './boolean-returns.ts'
import { classDeclarations } from './class-declarations.ts'
import { collapseIfs } from './collapse-ifs.ts'
import { constantConditions } from './constant-conditions.ts'
import { deMorgan } from './de-morgan.ts'
import { deadCode } from './dead-code.ts'
import { copiedFunctions } from './copied-functions.ts'
import { dedupeFunctions } from './dedupe-functions.ts'
import { destructuring } from './destructuring.ts'
import { discriminatedUnions } from './discriminated-unions.ts'
import { elseAfterExit } from './else-after-exit.ts'
import { emptyBranches } from './empty-branches.ts'
import { exponent } from './exponent.ts'
import { extractFunction } from './extract-function.ts'
import { forOf } from './for-of.ts'
import { guardClauses } from './guard-clauses.ts'
import { hasOwn } from './has-own.ts'
import { includes } from './includes.ts'
import { inlineFunction } from './inline-function.ts'
import { inlineVariable } from './inline-variable.ts'
import { jsdocTypes } from './jsdoc-types.ts'
import { letToConst } from './let-to-const.ts'
import { lintRecipes } from './lint-rules.ts'
import { literalConstructors } from './literal-constructors.ts'
import { logicalAssignment } from './logical-assignment.ts'
import { mergeBranches } from './merge-branches.ts'
import { mergeCases } from './merge-cases.ts'
import { mergeElseIfs } from './merge-else-ifs.ts'
import { missingDefault } from './missing-default.ts'
import { moveFunction } from './move-function.ts'
import { namingConventions } from './naming-conventions.ts'
import { narrowAny } from './narrow-any.ts'
import { negatedComparisons } from './negated-comparisons.ts'
import { nullishCoalescing } from './nullish-coalescing.ts'
import { numberChecks } from './number-checks.ts'
import { objectShorthand } from './object-shorthand.ts'
import { objectSpread } from './object-spread.ts'
import { optionalCatchBinding } from './optional-catch-binding.ts'
import { optionalChaining } from './optional-chaining.ts'
import { radix } from './radix.ts'
import { redundantAssertions } from './redundant-assertions.ts'
import { repeatedValue } from './repeated-value.ts'
import { restParameters } from './rest-parameters.ts'
import { returnTypes } from './return-types.ts'
import { returnedAssignments } from './returned-assignments.ts'
import { shadowedNames } from './shadowed-names.ts'
import { splitFile } from './split-file.ts'
import { spreadArguments } from './spread-arguments.ts'
import { strictEquality } from './strict-equality.ts'
import { templateLiterals } from './template-literals.ts'
import { textEnds } from './text-ends.ts'
import { typeOnlyImports } from './type-only-imports.ts'
import { undefinedReturns } from './undefined-returns.ts'
import { undefinedWords } from './undefined-words.ts'
import { unusedExports } from './unused-exports.ts'
import { unusedFunctions } from './unused-functions.ts'
import { unusedImports } from './unused-imports.ts'
import { unusedVariables } from './unused-variables.ts'
import { uselessCatch } from './useless-catch.ts'
import { varToLetConst } from './var-to-let-const.ts'

/** Every recipe, in the order of precedence: where two want the same text, the earlier one gets it. */
export const allRecipes: readonly Recipe[] = [
  extractFunction,
  dedupeFunctions,
  copiedFunctions,
  inlineFunction,
  moveFunction,
  splitFile,
  unusedExports,
  namingConventions,
  restParameters,
  hasOwn,
  includes,
  textEnds,
  optionalChaining,
  destructuring,
  exponent,
  spreadArguments,
  objectSpread,
  nullishCoalescing,
  logicalAssignment,
  forOf,
  templateLiterals,
  objectShorthand,
  literalConstructors,
  optionalCatchBinding,
  arrowFunctions,
  varToLetConst,
  letToConst,
  constantConditions,
  deadCode,
  unusedFunctions,
  unusedImports,
  unusedVariables,
  inlineVariable,
  returnedAssignments,
  arrowBodies,
  assignedProperties,
  undefinedReturns,
  booleanReturns,
  mergeCases,
  mergeElseIfs,
  mergeBranches,
  uselessCatch,
  emptyBranches,
  elseAfterExit,
  collapseIfs,
  guardClauses,
  deMorgan,
  negatedComparisons,
  repeatedValue,
  booleanComparisons,
  undefinedWords,
  strictEquality,
  radix,
  numberChecks,
  missingDefault,
  shadowedNames,
  discriminatedUnions,
  typeOnlyImports,
  narrowAny,
  redundantAssertions,
  jsdocTypes,
  returnTypes,
  ...lintRecipes,
  // what rests on sessions comes last, so that proven edits of the same text win
  classDeclarations,
  asyncFunctions,
  awaitedPromises,
]
