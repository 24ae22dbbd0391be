import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { lintFixes, type LintFix } from '../engine/lint-fixes.ts'
import { INTRINSICS, type Change, type Recipe } from '../engine/recipe.ts'
import { removalOf } from '../engine/rewrite.ts'
import { ancestor, isAssignment } from '../syntax/nodes.ts'

/*
 * Fixes of ESLint whose behaviour was checked rule by rule. The rule finds and writes; the proof is here:
 *  - dot-notation: `a['b']` and `a.b` are the same read of the same property; in TypeScript they may differ in type,
 *    so only JavaScript is looked at;
 *  - no-extra-boolean-cast: where only truth is asked for, `!!x` and `Boolean(x)` ask for it twice;
 *  - operator-assignment: `x = x + y` reads x, then y, then writes, and so does `x += y`; offered for plain names only;
 *  - no-unneeded-ternary: `c ? true : false` is `c` where c is a comparison, `!!c` elsewhere;
 *  - no-useless-return: a `return;` after which nothing follows;
 *  - no-useless-rename, no-useless-computed-key: two spellings of one name;
 *  - no-extra-label: labels that no jump needs.
 */

interface Adopted {
  readonly id: string
  readonly rule: string
  readonly title: string
  readonly reason: string
  readonly family: 'modernize' | 'simplify'
  readonly ecmaVersion: number
  readonly assumptions?: readonly string[]
  /** Why a fix is not taken in this place. */
  readonly refuse?: (fix: LintFix, file: FileContext) => string | undefined
}

const touchesComment = (fix: LintFix, file: FileContext): string | undefined =>
  file.hasComment(fix.start, fix.end) ? 'a comment stands inside' : undefined

const adopted: readonly Adopted[] = [
  {
    id: 'dot-notation',
    rule: 'dot-notation',
    title: "a['b'] to a.b",
    reason: 'both read the same property',
    family: 'modernize',
    ecmaVersion: 5,
  },
  {
    id: 'operator-assignment',
    rule: 'operator-assignment',
    title: 'x = x + y to x += y',
    reason: 'both read the variable, then the operand, then write',
    family: 'simplify',
    ecmaVersion: 5,
    refuse: ({ node }) => {
      const assignment = isAssignment(node) ? node : ancestor(node, isAssignment)
      return assignment && ts.isIdentifier(assignment.left) ? undefined : 'the target is a property'
    },
  },
  {
    id: 'no-extra-boolean-cast',
    rule: 'no-extra-boolean-cast',
    title: 'conversions to boolean that change nothing',
    reason: 'only the truth of the value is asked for',
    family: 'simplify',
    ecmaVersion: 5,
    assumptions: [INTRINSICS],
  },
  {
    id: 'no-unneeded-ternary',
    rule: 'no-unneeded-ternary',
    title: 'c ? true : false to c',
    reason: 'the test already gives the value',
    family: 'simplify',
    ecmaVersion: 5,
  },
  {
    id: 'no-useless-return',
    rule: 'no-useless-return',
    title: 'return at the end of a function',
    reason: 'nothing follows the return',
    family: 'simplify',
    ecmaVersion: 5,
  },
  {
    id: 'no-useless-rename',
    rule: 'no-useless-rename',
    title: '{ a: a } in patterns to { a }',
    reason: 'both bind the same property to the same name',
    family: 'modernize',
    ecmaVersion: 2015,
  },
  {
    id: 'no-useless-computed-key',
    rule: 'no-useless-computed-key',
    title: "['a'] as a key to a",
    reason: 'both define the same property',
    family: 'modernize',
    ecmaVersion: 2015,
  },
  {
    id: 'no-extra-label',
    rule: 'no-extra-label',
    title: 'labels that a jump does not need',
    reason: 'the jump has the same target without the label',
    family: 'simplify',
    ecmaVersion: 5,
  },
]

/** Every rule that is run; all have their default options. */
const rules = Object.fromEntries(adopted.map(({ rule }) => [rule, []]))

/** A statement that goes takes its line with it. */
const changeOf = (fix: LintFix, file: FileContext): Change =>
  fix.text === '' && ts.isReturnStatement(fix.node)
    ? removalOf(fix.node, file)
    : { start: fix.start, end: fix.end, text: fix.text }

const toRecipe = ({ id, rule, title, reason, family, ecmaVersion, assumptions = [], refuse }: Adopted): Recipe => ({
  id,
  title,
  family,
  need: { ecmaVersion },
  find(file, findings) {
    for (const fix of lintFixes(file, rule, rules)) {
      const problem = touchesComment(fix, file) ?? refuse?.(fix, file)
      if (problem) findings.refuse(fix.node, problem)
      else findings.edit({ at: fix.node, title, reason, changes: [changeOf(fix, file)], assumptions })
    }
  },
})

/** One recipe for each rule that was adopted. */
export const lintRecipes: readonly Recipe[] = adopted.map(toRecipe)
