import { describe, expect, it } from '@jest/globals'

import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { forOf } from './for-of.ts'

const loop = (body: string, list = 'var list = [1, 2];'): string =>
  inFunction(`${list}\nfor (var i = 0; i < list.length; i++) {\n${body}\n}`)

const element = '  var x = list[i];\n  q(x);'

describe('index loops to for-of', () => {
  it('takes a loop whose index only reads the element', () => {
    const { text } = tryRecipe(forOf, loop(element))
    expect(text).toBe(inFunction('var list = [1, 2];\nfor (const x of list) {\n  q(x);\n}'))
  })

  it('declares with let what the body writes', () => {
    expect(tryRecipe(forOf, loop('  var x = list[i];\n  x = q(x);')).text).toContain('for (let x of list)')
  })

  it.each([
    ['uses the index', '  var x = list[i];\n  q(x, i);', undefined, /used for more/],
    ['is no array for sure', element, 'var list = p;', /may not be an array/],
    ['is replaced in the loop', '  var x = list[i];\n  list = q(x);', undefined, /another list/],
    ['is replaced by a closure', element, 'var list = [1]; p(function () { list = []; });', /another list/],
    [
      'keeps its element in closures',
      '  var x = list[i];\n  q(function () { return x; });',
      undefined,
      /closures that a loop makes/,
    ],
    ['has a comment that would go', '  var x = list[i]; // why\n  q(x);', undefined, /comment/],
  ])('leaves a loop alone whose list or body %s', (_, body, list, reason) => {
    const code = loop(body, list)
    const { text, reasons } = tryRecipe(forOf, code)
    expect(text).toBe(code)
    expect(reasons.join('\n')).toMatch(reason)
  })

  it('does not take a loop whose index is used afterwards', () => {
    const code = inFunction(`var list = [1];\nfor (var i = 0; i < list.length; i++) {\n${element}\n}\nreturn i;`)
    expect(tryRecipe(forOf, code).text).toBe(code)
  })
})
