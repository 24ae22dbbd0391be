import { describe, expect, it } from '@jest/globals'

import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { lintRecipes } from './lint-rules.ts'

const recipe = (id: string) => lintRecipes.find((each) => each.id === id)!

describe('adopted fixes of ESLint', () => {
  it.each([
    ['dot-notation', "return p['a'];", 'return p.a;'],
    ['dot-notation', "return p['a-b'];", undefined],
    ['dot-notation', "return p[/* why */ 'a'];", undefined],
    ['operator-assignment', 'p = p + 1;', 'p += 1;'],
    ['operator-assignment', 'p.x = p.x + 1;', undefined],
    ['operator-assignment', 'p = 1 + p;', undefined],
    ['no-extra-boolean-cast', 'if (!!p) { q(); }', 'if (p) { q(); }'],
    ['no-extra-boolean-cast', 'return !!p;', undefined],
    ['no-unneeded-ternary', 'return p === q ? true : false;', 'return p === q;'],
    ['no-unneeded-ternary', 'return p ? true : false;', 'return !!p;'],
    ['no-useless-return', 'q();\nreturn;', 'q();'],
    ['no-useless-return', 'if (p) { return; }\nq();', undefined],
    ['no-useless-rename', 'var { a: a } = p; return a;', 'var { a } = p; return a;'],
    ['no-useless-computed-key', "return { ['a']: p };", "return { 'a': p };"],
    ['no-extra-label', 'a: while (p) { break a; }', 'a: while (p) { break; }'],
  ])('%s: %s', (id, before, after) => {
    expect(tryRecipe(recipe(id), inFunction(before)).text).toBe(inFunction(after ?? before))
  })

  it('do not look at TypeScript, whose types may differ', () => {
    const code = "export const f = (p: any) => p['a']\n"
    expect(tryRecipe(recipe('dot-notation'), code, { path: 'index.ts' }).text).toBe(code)
  })
})
