import { describe, expect, it } from '@jest/globals'

import type { Recipe } from '../engine/recipe.ts'
import { tryRecipe } from '../../test/support/try-recipe.ts'
import { narrowAny } from './narrow-any.ts'
import { redundantAssertions } from './redundant-assertions.ts'
import { returnTypes } from './return-types.ts'
import { typeOnlyImports } from './type-only-imports.ts'
import { unusedImports } from './unused-imports.ts'

const strict = { 'tsconfig.json': '{"compilerOptions":{"strict":true,"target":"es2022"}}' }
const tried = (recipe: Recipe, code: string, files: Readonly<Record<string, string>> = strict) =>
  tryRecipe(recipe, code, { path: 'index.ts', files })

describe('imports of types', () => {
  const code = "import { Point } from './point'\nexport const x = (point: Point): number => point.x\n"

  it('are marked where every use is a type', () => {
    expect(tried(typeOnlyImports, code).text).toBe(code.replace('import', 'import type'))
  })

  it.each([
    ['a use is a value', code.replace('point.x', 'new Point().x'), strict, undefined],
    ['it is exported again', `${code}export { Point }\n`, strict, undefined],
    ['a class extends it', `${code}export class Q extends Point {}\n`, strict, undefined],
    ['a default stands beside', code.replace('{', 'D, {').replace('number', 'D'), strict, /default/],
    ['imports are kept', code, { 'tsconfig.json': '{"compilerOptions":{"verbatimModuleSyntax":true}}' }, /verbatim/],
    ['nobody says who takes types out', code, {}, /no tsconfig/],
  ])('stay where %s', (_, given, files, reason) => {
    const { text, reasons } = tried(typeOnlyImports, given, files)
    expect(text).toBe(given)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
  })
})

describe('return types', () => {
  it.each([
    ['function f(a: number) {\n  return a + 1\n}\nf(1)\n', 'function f(a: number): number {'],
    [
      'function f(a: number) {\n  return a > 1 ? [a] : undefined\n}\nf(1)\n',
      'function f(a: number): number[] | undefined {',
    ],
    ['const f = (a: string) => {\n  return a\n}\nf("")\n', 'const f = (a: string): string => {'],
    ['async function f() {\n  return 1\n}\nvoid f()\n', 'async function f(): Promise<number> {'],
  ])('%s', (code, expected) => {
    expect(tried(returnTypes, `export {}\n${code}`).text).toContain(expected)
  })

  it.each([
    ['export function f(a: number) {\n  return a\n}\n', undefined],
    ['function f(a: number) {\n  return a\n}\nexport { f }\n', undefined],
    ['function f(a: any) {\n  return a\n}\nf(1)\n', /any/],
    ["import { g } from 'elsewhere'\nfunction f() {\n  return g()\n}\nf()\n", /any/],
    ["function f(a: string | number) {\n  return typeof a === 'string'\n}\nf(1)\n", /narrows/],
    ['function f(a: number) {\n  return function* () {\n    yield a\n  }\n}\nf(1)\n', /long|any/],
  ])('leaves %s', (code, reason) => {
    const text = `export {}\n${code}`
    const outcome = tried(returnTypes, text)
    expect(outcome.text).toBe(text)
    if (reason) expect(outcome.reasons.join('\n')).toMatch(reason)
  })
})

describe('assertions that say nothing', () => {
  it.each([
    ['export const f = (a: string): string => a as string\n', 'a\n'],
    ['export const f = (a: string): string => a!\n', 'a\n'],
  ])('%s', (code, end) => expect(tried(redundantAssertions, code).text.endsWith(`=> ${end}`)).toBe(true))

  it.each([
    'export const f = (a: string | undefined): string => a!\n',
    'export const f = (a: string | number): string => a as string\n',
    'export const f = (a: any): string => a as string\n',
    "export const f = { kind: 'x' as 'x' }\n",
    'export const f = [1, 2] as const\n',
    'export const f = <T>(a: T): T => a!\n',
  ])('stay where they say something: %s', (code) => expect(tried(redundantAssertions, code).text).toBe(code))

  it('keep a ! without strict null checks', () => {
    const code = 'export const f = (a: string): string => a!\n'
    expect(tried(redundantAssertions, code, { 'tsconfig.json': '{"compilerOptions":{"target":"es2022"}}' }).text).toBe(
      code,
    )
  })
})

describe('any', () => {
  it('gives way to what is known', () => {
    const code =
      'export {}\nconst n: any = 1 + 1\nfunction f(a: any): number {\n  return a.length\n}\nconsole.log(n, f("x"), f(""))\n'
    const expected = code.replace('n: any', 'n').replace('a: any', 'a: string')
    expect(
      tried(narrowAny, code, { 'tsconfig.json': '{"compilerOptions":{"strict":true,"lib":["es2022","dom"]}}' }).text,
    ).toBe(expected)
  })

  it.each([
    ['export const n: any = 1\n', undefined],
    ['export {}\nconst n: any = JSON.parse("1")\nconsole.log(n)\n', /no type/],
    ['export {}\nconst n: any = 1\nn.anything()\n', /compile/],
    ['export {}\nfunction f(a: any) {\n  return a\n}\nf(1)\nf("x")\n', /different types/],
    ['export function f(a: any) {\n  return a\n}\n', /elsewhere/],
    ['const n: any = 1 + 1\nexport const m = n\n', /declare something else/],
    ['export {}\nlet n: any = 1\nn = "x"\n', undefined],
  ])('stays in %s', (code, reason) => {
    const { text, reasons } = tried(narrowAny, code)
    expect(text).toBe(code)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
  })
})

describe('imported names that are never used', () => {
  const loose = (code: string, path = 'index.mjs') => tryRecipe(unusedImports, code, { path }).text

  it.each([
    ["import a, { b, c as d } from './m.mjs'\nb()\n", "import { b } from './m.mjs'\nb()\n"],
    ["import { b } from './m.mjs'\n", "import './m.mjs'\n"],
    ["import * as m from './m.mjs'\n", "import './m.mjs'\n"],
    ["import a, * as m from './m.mjs'\na()\n", "import a from './m.mjs'\na()\n"],
  ])('%s', (code, expected) => expect(loose(code)).toBe(expected))

  it.each([
    ["import React from 'react'\nexport const x = <p />\n", 'index.jsx'],
    ["import { b } from './m.mjs'\nexport { b }\n", 'index.mjs'],
    ["import { b /* why */ } from './m.mjs'\n", 'index.mjs'],
    ["import { b } from './m'\n", 'index.ts'],
  ])('stay in %s', (code, path) => expect(loose(code, path)).toBe(code))
})
