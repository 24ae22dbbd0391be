import { expect, it } from '@jest/globals'

import type { Recipe } from '../../src/engine/recipe.ts'
import { outcomesOf } from './outcomes.ts'
import { settledOutcomesOf } from './settled-outcomes.ts'
import { inFunction, tryRecipe } from './try-recipe.ts'

/** A body before, and after: undefined where a recipe must leave it alone, for the reason that matches. */
export type Trap = readonly [before: string, after: string | undefined, reason?: RegExp]

/**
 * Tries a recipe on the bodies of functions. What it changes is run before and after for many arguments, and must do
 * the same in each; what it leaves alone must be refused with the reason, where one is given.
 */
export const trapTable = (recipe: Recipe, traps: readonly Trap[]): void => {
  it.each(traps.map(([before, after, reason]) => [before, after ?? 'left alone', after, reason] as const))(
    `${recipe.id}: %s -> %s`,
    (before, _, after, reason) => {
      const code = inFunction(before)
      const { text, reasons } = tryRecipe(recipe, code)
      expect(text).toBe(inFunction(after ?? before))
      if (reason) expect(reasons.join('\n')).toMatch(reason)
      if (after !== undefined) expect(outcomesOf(text)).toEqual(outcomesOf(code))
    },
  )
}

/** As `trapTable`, for code that waits: what it changes must come to the same in the end. */
export const settledTable = (recipe: Recipe, traps: readonly Trap[]): void => {
  it.each(traps.map(([before, after, reason]) => [before, after ?? 'left alone', after, reason] as const))(
    `${recipe.id}: %s -> %s`,
    async (before, _, after, reason) => {
      const code = inFunction(before)
      const { text, reasons } = tryRecipe(recipe, code)
      expect(text).toBe(inFunction(after ?? before))
      if (reason) expect(reasons.join('\n')).toMatch(reason)
      if (after !== undefined) expect(await settledOutcomesOf(text)).toEqual(await settledOutcomesOf(code))
    },
  )
}
